import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../../../support/fault-proxy.js';
import { until } from '../../../support/wait.js';

/** Sends back what it gets. */
let echo: Server;
let echoed: number;
let proxy: FaultProxy;

beforeEach(async () => {
  echoed = 0;
  echo = createServer((socket) => {
    socket.on('data', (chunk: Uint8Array) => {
      echoed += chunk.length;
    });
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startProxy({ target: targetOf(echo) });
});

afterEach(async () => {
  await proxy.stop();
  echo.close();
});

function targetOf(server: Server): { host: string; port: number } {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { host: '127.0.0.1', port: address.port };
}

async function open({ host, port }: FaultProxy = proxy): Promise<Socket> {
  const socket = connect({ host, port });
  // The end of a test resets what is still open.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function received(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Uint8Array];
  return new TextDecoder().decode(chunk);
}

describe('the fault proxy', () => {
  it('passes bytes both ways and counts them', async () => {
    const socket = await open();
    socket.end('hello');
    expect(await text(socket)).toBe('hello');
    expect(proxy.bytes).toEqual({ toServer: 5, toClient: 5 });
    await proxy.waitForConnections(0);
    expect(proxy.accepted).toBe(1);
  });

  it('holds up one direction, and later delivers all of it in order', async () => {
    const socket = await open();
    proxy.freeze('toClient');
    socket.write('a');
    await proxy.waitForBytes(1, 'toClient');
    socket.write('b');
    await proxy.waitForBytes(2, 'toClient');
    expect(socket.bytesRead).toBe(0);
    proxy.thaw();
    expect(await received(socket)).toMatch(/^ab?$/);
  });

  it('is a black hole for new connections when frozen', async () => {
    proxy.freeze();
    const socket = await open();
    socket.write('anyone?');
    await proxy.waitForBytes(7, 'toServer');
    // Once the server has answered someone who came later, it has had its chance to see the first.
    await using direct = await startProxy({ target: targetOf(echo) });
    const later = await open(direct);
    later.write('!');
    expect(await received(later)).toBe('!');
    expect(echoed).toBe(1);
    proxy.thaw();
    expect(await received(socket)).toBe('anyone?');
  });

  it('holds back a sender instead of keeping without bound', async () => {
    proxy.freeze('toServer');
    const socket = await open();
    const block = new Uint8Array(1024 * 1024);
    while (socket.writableLength < 32 * block.length) socket.write(block);
    await proxy.waitForBytes(256 * 1024, 'toServer');
    let last = 0;
    let unchanged = 0;
    await until(
      () => {
        const now = proxy.bytes.toServer;
        unchanged = now === last ? unchanged + 1 : 0;
        last = now;
        return unchanged === 5;
      },
      { what: 'the flow to stop' },
    );
    expect(proxy.bytes.toServer).toBeLessThan(2 * block.length);
    socket.destroy();
  });

  it('resets connections', async () => {
    const socket = await open();
    await proxy.waitForConnections(1);
    proxy.resetAll();
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    await proxy.waitForConnections(0);
  });

  it('resets a connection in the moment in which it passes on the end, and keeps no socket', async () => {
    proxy.freeze('toClient');
    const reached = once(echo, 'connection') as Promise<[Socket]>;
    const socket = await open();
    const [echoing] = await reached;
    socket.end();
    // The server has answered the end with its own, which waits at the proxy.
    await once(echoing, 'close');
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    proxy.thaw();
    proxy.resetAll();
    await Promise.all([once(socket, 'close'), proxy.waitForConnections(0)]);
    // Node tells one that it has lost, too: such a one keeps the process from ending.
    await until(() => process.getActiveResourcesInfo().every((name) => name !== 'TCPSocketWrap'));
  });

  it('closes after an exact number of bytes', async () => {
    const socket = await open();
    const cut = proxy.cutAfterBytes(3, 'toClient');
    socket.write('hello');
    expect(await text(socket)).toBe('hel');
    await cut;
    const next = await open();
    next.end('whole again');
    expect(await text(next)).toBe('whole again');
  });

  it('refuses new connections, keeps open ones, and takes new ones again', async () => {
    const socket = await open();
    await proxy.waitForConnections(1);
    proxy.refuse();
    await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    socket.write('still here');
    expect(await received(socket)).toBe('still here');
    await proxy.accept();
    (await open()).destroy();
    socket.destroy();
  });

  it('delays what comes, without making a queue of delays', async () => {
    const socket = await open();
    socket.setNoDelay(true);
    proxy.latency(40);
    const started = performance.now();
    let answer = '';
    socket.on('data', (chunk: Uint8Array) => {
      answer += new TextDecoder().decode(chunk);
    });
    const sent = Array.from({ length: 200 }, (_, index) =>
      String.fromCharCode(0x61 + (index % 26)),
    );
    for (const letter of sent) {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => answer.length === sent.length);
    const elapsed = performance.now() - started;
    expect(answer).toBe(sent.join(''));
    expect(elapsed).toBeGreaterThanOrEqual(80);
    // One delay after the other would be sixteen seconds.
    expect(elapsed).toBeLessThan(5_000);
    socket.destroy();
  });

  it('loses replies, and resets what lost them when they are delivered again', async () => {
    const socket = await open();
    proxy.dropReplies();
    socket.write('lost');
    await proxy.waitForBytes(4, 'toClient');
    expect(socket.bytesRead).toBe(0);
    proxy.deliverReplies();
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    const next = await open();
    next.end('found');
    expect(await text(next)).toBe('found');
  });

  it('resets a client whose server is gone', async () => {
    await using orphan = await startProxy({ target: { host: '127.0.0.1', port: 1 } });
    const socket = connect({ host: orphan.host, port: orphan.port });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
});
