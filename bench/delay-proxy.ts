import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in this process that hands on all bytes after a delay, as a longer link does. */
export interface DelayProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Milliseconds of delay in each direction. */
  delayMs: number;
}

/** Starts a proxy before a server. */
export async function startDelayProxy(target: string): Promise<DelayProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on(
        'data',
        later(to, () => proxy.delayMs),
      );
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: DelayProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** Returns a listener that writes what it gets in order, each part after the delay. */
function later(to: Socket, delayMs: () => number): (bytes: Buffer) => void {
  const waiting: { readonly bytes: Buffer; readonly dueAt: number }[] = [];
  const write = (): void => {
    const now = performance.now();
    for (let [first] = waiting; first !== undefined && first.dueAt <= now; [first] = waiting) {
      to.write(first.bytes);
      waiting.shift();
    }
    const [next] = waiting;
    if (next !== undefined) setTimeout(write, next.dueAt - now);
  };
  return (bytes) => {
    waiting.push({ bytes, dueAt: performance.now() + delayMs() });
    if (waiting.length === 1) setTimeout(write, delayMs());
  };
}
