import type { WatchBatch, Watcher } from '../../src/index.js';
import { within } from './wait.js';

/** What a watch has delivered, revision by revision, in a form that reads well when it differs. */
export interface Delivered {
  readonly revision: bigint;
  /** `put key=value` and `delete key`. */
  readonly changes: readonly string[];
}

/** A batch in words. */
export function inWords({ revision, events }: WatchBatch<string>): Delivered {
  return {
    revision,
    changes: events.map((event) =>
      event.type === 'put' ? `put ${event.key}=${event.kv.value}` : `delete ${event.key}`,
    ),
  };
}

/** Collects everything a watcher delivers, in the background; the test waits for what it needs. */
export class Collected {
  readonly batches: WatchBatch<string>[] = [];
  /** Why the watch ended; resolves with `undefined` for an end without an error. */
  readonly ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(watcher: Watcher<string>) {
    this.ended = this.#collect(watcher);
  }

  /** The keys that were put, or `-key` for those that were deleted, in order. */
  get changes(): readonly string[] {
    return this.batches.flatMap(({ events }) =>
      events.map((event) => (event.type === 'put' ? event.key : `-${event.key}`)),
    );
  }

  get revisions(): readonly bigint[] {
    return this.batches.map(({ revision }) => revision);
  }

  /** How many events there are. */
  get count(): number {
    return this.batches.reduce((sum, { events }) => sum + events.length, 0);
  }

  /** Resolves when something holds of what was delivered. */
  async until(holds: () => boolean, timeoutMs?: number): Promise<void> {
    let check: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => {
      check = () => {
        if (holds()) resolve();
      };
      this.#waiting.add(check);
      check();
    });
    try {
      await within(reached, timeoutMs, 'events');
    } catch (error) {
      throw new Error(`only ${this.count} events came`, { cause: error });
    } finally {
      if (check !== undefined) this.#waiting.delete(check);
    }
  }

  /** Resolves when so many events have come. */
  untilCount(count: number, timeoutMs?: number): Promise<void> {
    return this.until(() => this.count >= count, timeoutMs);
  }

  async #collect(watcher: Watcher<string>): Promise<unknown> {
    try {
      for await (const batch of watcher.batches()) {
        this.batches.push(batch);
        for (const check of [...this.#waiting]) check();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

/** `0` to `count - 1` with leading zeros, so that they sort. */
export function numbered(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`);
}
