import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EtcdClient, EtcdError, type View } from 'etcd-kit';
import { Cache } from 'etcd-kit/cache';
import { Readers } from './readers.js';
import { change, Refused, type Setting, settingsOf } from './settings.js';

const MAX_BODY_BYTES = 10_000;

/** A running service. */
export interface ConfigService extends AsyncDisposable {
  /** The address of its page. */
  readonly url: string;
}

/**
 * A service that shows settings and changes them, and tells all its readers of every change at once. Each
 * instance follows the store by itself, so it does not matter which of them a reader is connected to.
 */
export async function startConfigService(etcd: EtcdClient, port = 0): Promise<ConfigService> {
  const settings = settingsOf(etcd);
  // A record that does not fit the schema is left out; the others are shown.
  const cache = await Cache.open(settings.all(), {
    onDecodeError: (error) => console.error(error.message),
  });
  const readers = new Readers(cache);
  const server = createServer((request, response) => {
    answer({ settings, readers }, request, response).catch((error: unknown) =>
      refuse(response, error),
    );
  });
  const url = await listen(server, port);
  return {
    url,
    async [Symbol.asyncDispose]() {
      readers.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cache.close();
    },
  };
}

interface Parts {
  readonly settings: View<Setting, Setting>;
  readonly readers: Readers;
}

async function answer(
  { settings, readers }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, name] = /^\/settings\/([^/]+)$/.exec(pathname) ?? [];
  const what = `${request.method} ${name === undefined ? pathname : '/settings/:name'}`;
  switch (what) {
    case 'GET /': {
      const page = await readFile(new URL('./page.html', import.meta.url));
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
      return;
    }
    case 'GET /events':
      readers.add(response);
      return;
    case 'PUT /settings/:name': {
      const { seen, ...next } = await bodyOf(request);
      const revision = await change(settings, name ?? '', next, String(seen ?? '0'));
      send(response, 200, { revision });
      return;
    }
    case 'DELETE /settings/:name':
      await settings.delete(name ?? '');
      send(response, 200, {});
      return;
    default:
      throw new Refused(404, `there is no ${what}`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw new Refused(413, 'that is too long');
  }
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return { ...body };
  } catch {
    // Refused below, like any other body that is no object.
  }
  throw new Refused(400, 'the body is a JSON object: { "value", "by", "seen" }');
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof Refused) {
    send(response, error.status, { error: error.message, current: error.current });
  } else if (error instanceof EtcdError) {
    // The write may have landed: the page shows it if it has, since it follows the store.
    send(response, 503, { error: error.message, outcome: error.outcome });
  } else {
    console.error(error);
    send(response, 500, { error: 'something went wrong' });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
