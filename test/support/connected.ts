import type { EtcdClient } from '../../src/index.js';
import { deferred, within } from './wait.js';

// Ample for a loaded machine, whatever deadline the client has for its calls.
const CONNECT_TIMEOUT_MS = 30_000;

/** Makes a client connect, and resolves when so many of its endpoints are connected, by default all. */
export async function allConnected(
  client: EtcdClient,
  count = client.endpoints.length,
): Promise<void> {
  const enough = deferred();
  let left = count;
  const listener = (): void => {
    if (--left === 0) enough.resolve();
  };
  client.on('connected', listener);
  try {
    await Promise.all([
      client.get('connect', { timeoutMs: CONNECT_TIMEOUT_MS }),
      within(enough.promise, CONNECT_TIMEOUT_MS, 'connections'),
    ]);
  } finally {
    client.off('connected', listener);
  }
}

/** The next event of a client about this endpoint. */
export function nextEvent(
  client: EtcdClient,
  name: 'connected' | 'disconnected',
  endpoint: string,
): Promise<void> {
  const seen = deferred();
  const listener = (event: { readonly endpoint: string }): void => {
    if (event.endpoint === endpoint) seen.resolve();
  };
  client.on(name, listener);
  return within(seen.promise, 30_000, `${name} of ${endpoint}`).finally(() =>
    client.off(name, listener),
  );
}
