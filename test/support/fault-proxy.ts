import { parseTarget } from '../../src/testing/proxy/fault-proxy.js';
import { ProxyEngine } from '../../src/testing/proxy/proxy-engine.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { within } from './wait.js';

export type { ProxyEngine as FaultProxy } from '../../src/testing/proxy/proxy-engine.js';

export interface StartProxyOptions {
  /** An endpoint such as `http://127.0.0.1:2379`, or its host and port. */
  readonly target: string | { readonly host: string; readonly port: number };
}

// Ample for a loaded machine; what has not arrived by then never will.
const PATIENCE_MS = 20_000;

/**
 * Starts a proxy on a free loopback port with all the machinery that `startFaultProxy` shows the simple part of:
 * each fault in one direction, and waits for what has arrived, which fail after 20 s.
 *
 * @example
 * await using proxy = await startProxy({ target: server.endpoint });
 * proxy.dropReplies();
 * const put = etcd.put('k', 'v');
 * await proxy.waitForResponses(1); // the server has applied it, the client cannot know
 * proxy.resetAll();
 */
export async function startProxy({ target }: StartProxyOptions): Promise<ProxyEngine> {
  const [port = 0] = await freePorts(1);
  const place = typeof target === 'string' ? target : `${target.host}:${target.port}`;
  const proxy = new ProxyEngine(parseTarget(place), port, (promise, what) =>
    within(promise, PATIENCE_MS, what),
  );
  await proxy.accept();
  return proxy;
}
