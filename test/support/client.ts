import { EtcdClient, type EtcdClientOptions, EtcdError } from '../../src/index.js';
import { clientMakers } from './in-memory.js';

let namespaces = 0;

/**
 * A client of its own part of a server's keys, so that tests share a server and not their keys.
 * Dispose of it with `await using`.
 */
export function clientIn(
  server: { readonly endpoint: string },
  options: Partial<EtcdClientOptions> = {},
): EtcdClient {
  const namespace = `test-${++namespaces}/`;
  return clientOf(server, { namespace, ...options });
}

/** A client of all keys of a server. One of an etcd in memory reaches it without a port. */
export function clientOf(
  server: { readonly endpoint: string },
  options: Partial<EtcdClientOptions> = {},
): EtcdClient {
  const maker = clientMakers.get(server);
  if (maker !== undefined && options.endpoints === undefined) return maker.client(options);
  return new EtcdClient({ endpoints: server.endpoint, ...options });
}

/** The error that a call rejects with; fails when it resolves, or rejects with something else. */
export async function failureOf(call: Promise<unknown>): Promise<EtcdError> {
  const error = await call.then(
    () => new Error('the call succeeded, and should not have'),
    (reason: unknown) => reason,
  );
  if (error instanceof EtcdError) return error;
  throw error;
}

/** The error that a function throws. */
export function thrownBy(act: () => unknown): EtcdError {
  try {
    act();
  } catch (error) {
    if (error instanceof EtcdError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Grants a lease by etcd's own tool, and answers its id. */
export async function grantLease(
  server: { ctl(...args: string[]): Promise<string> },
  ttlSeconds = 600,
): Promise<bigint> {
  const [, id] = /^lease ([0-9a-f]+) granted/.exec(
    await server.ctl('lease', 'grant', String(ttlSeconds)),
  ) ?? ['', ''];
  return BigInt(`0x${id}`);
}
