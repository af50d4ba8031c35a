import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Channel } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { parseAddress } from '../../../../src/transport/channel/address.js';
import { USUAL_STREAM_LIMIT } from '../../../../src/transport/channel/channel.js';
import { openGrpcJsChannel } from '../../../../src/transport/channel/grpc-js-channel.js';
import { peerStreamLimit } from '../../../../src/transport/channel/peer-limit.js';

const PATIENCE = { timeout: 10_000 };

// This fails when another version of grpc-js keeps its session elsewhere.
it('the limit of streams is what the peer says, also when it changes its mind', async () => {
  const server = createServer({ settings: { maxConcurrentStreams: 7 } });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = await openGrpcJsChannel(parseAddress(`http://127.0.0.1:${port}`, false), {});
  try {
    const connecting = once(server, 'session') as Promise<[ServerHttp2Session]>;
    channel.connect();
    const [session] = await connecting;
    await expect.poll(() => channel.state, PATIENCE).toBe('ready');
    expect(channel.streamLimit).toBe(7);
    session.settings({ maxConcurrentStreams: 3 });
    await expect.poll(() => channel.streamLimit, PATIENCE).toBe(3);
  } finally {
    channel.close();
    server.close();
  }
});

it.each([
  ['nothing', {}],
  ['no subchannels', { internalChannel: {} }],
  ['a subchannel of another kind', { internalChannel: { wrappedSubchannels: [{}] } }],
  [
    'no connection',
    {
      internalChannel: { wrappedSubchannels: [{ getRealSubchannel: () => ({ transport: null }) }] },
    },
  ],
])('a channel that shows %s has the usual limit', (_, channel) => {
  expect(peerStreamLimit(channel as unknown as Channel)).toBe(USUAL_STREAM_LIMIT);
});
