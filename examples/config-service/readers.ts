import type { ServerResponse } from 'node:http';
import type { KeyValue } from 'etcd-kit';
import type { Cache, CacheChange } from 'etcd-kit/cache';
import type { Setting, ShownSetting } from './settings.js';

/** A comment goes out this often, so that proxies do not take a quiet connection for a dead one. */
const HEARTBEAT_MS = 15_000;

/**
 * Everybody who looks at the settings. A reader gets all of them when it comes, and each change from then
 * on. One that was cut off connects anew and gets all of them again, so nothing has to be kept for it.
 */
export class Readers {
  readonly #cache: Cache<Setting>;
  readonly #open = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(cache: Cache<Setting>) {
    this.#cache = cache;
    cache
      .on('change', (change) => this.#tell('change', shownChange(change)))
      .on('stale', () => this.#tell('state', { fresh: false }))
      .on('fresh', () => this.#tell('state', { fresh: true }));
    this.#heartbeat = setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();
  }

  /** Takes a reader. All settings and its place among the readers are one step, so no change is missed. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const settings = Object.fromEntries([...this.#cache].map((kv) => [kv.key, shown(kv)]));
    response.write(eventOf('all', { settings, fresh: this.#cache.fresh }));
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const response of this.#open) response.end();
  }

  #tell(event: string, data: object): void {
    this.#write(eventOf(event, data));
  }

  #write(text: string): void {
    for (const response of this.#open) response.write(text);
  }
}

function eventOf(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function shownChange({ key, kv }: CacheChange<Setting>): object {
  return kv === undefined ? { name: key } : { name: key, setting: shown(kv) };
}

function shown({ value, modRevision }: KeyValue<Setting>): ShownSetting {
  return { ...value, revision: modRevision.toString() };
}
