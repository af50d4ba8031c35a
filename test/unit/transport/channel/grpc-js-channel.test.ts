import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { parseAddress } from '../../../../src/transport/channel/address.js';
import { openGrpcJsChannel } from '../../../../src/transport/channel/grpc-js-channel.js';

const MEBI = 2 ** 20;
const PATIENCE = { timeout: 10_000 };

it('a channel lets a server send a mebibyte before it has to hear from the client again', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = await openGrpcJsChannel(parseAddress(`http://127.0.0.1:${port}`, false), {});
  try {
    const connecting = once(server, 'session') as Promise<[ServerHttp2Session]>;
    channel.connect();
    const [session] = await connecting;
    // Of each stream, and of the connection, once the client has the settings of the server.
    await expect.poll(() => session.remoteSettings.initialWindowSize, PATIENCE).toBe(MEBI);
    await expect.poll(() => session.state.remoteWindowSize, PATIENCE).toBe(MEBI);
  } finally {
    channel.close();
    server.close();
  }
});

it('a channel that was closed neither wakes nor throws, whatever it is asked for', async () => {
  const channel = await openGrpcJsChannel(parseAddress('http://127.0.0.1:1', false), {});
  channel.close();
  channel.close();
  channel.connect();
  channel.onStateChange('ready', () => {});
  expect(channel.state).toBe('closed');
  const ended = new Promise((resolve) => {
    channel.unary('/s/m', {}, 1_000, new Uint8Array(), resolve);
  });
  expect(await ended).toMatchObject({ details: 'Channel closed before call started' });
  channel.destroy();
});
