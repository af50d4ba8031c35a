import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/transport/channel/address.js';
import type { Channel } from '../../../src/transport/channel/channel.js';
import { openerOf, type Wire } from '../../../src/transport/channel/wire.js';
import { dice } from '../../support/dice.js';
import { type End, endOf, follow, latin1, schedule } from '../../support/twin-schedule.js';
import { TwinServer, WAYS } from '../../support/twin-server.js';

// Both wires meet the same server, and what becomes of a call has to be the same.

function call(channel: Channel, way: string, body: Buffer, timeoutMs: number): Promise<End> {
  return new Promise((resolve) => {
    channel.unary(`/twin/${way}`, {}, timeoutMs, body, (status, answer) =>
      resolve(endOf(status, answer)),
    );
  });
}

async function over(
  wire: Wire,
  endpoint: string,
  way: string,
  body: Buffer,
  timeoutMs = 30_000,
): Promise<End> {
  const channel = await openerOf(wire)(parseAddress(endpoint, false), {});
  try {
    // The time of a call is not that of its connection.
    await call(channel, 'echo', body, 30_000);
    return await call(channel, way, body, timeoutMs);
  } finally {
    channel.close();
  }
}

describe.each<[string, Parameters<typeof TwinServer.start>[0]]>([
  ['with its own settings', {}],
  [
    'with windows of 100 bytes, two streams, no table and padding',
    {
      settings: { initialWindowSize: 100, maxConcurrentStreams: 2, headerTableSize: 0 },
      paddingStrategy: 2,
    },
  ],
])('a server %s', (_, settings) => {
  let server: TwinServer;
  beforeAll(async () => {
    server = await TwinServer.start(settings);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(Object.keys(WAYS))(
    'that goes the way "%s" leads to one end over both wires',
    async (way) => {
      const timeoutMs = way === 'hang' || way === 'half-an-answer' ? 300 : 30_000;
      const body = Buffer.from('the question');
      const [known, own] = await Promise.all([
        over('grpc-js', server.endpoint, way, body, timeoutMs),
        over('direct', server.endpoint, way, body, timeoutMs),
      ]);
      expect(own).toEqual(known);
    },
  );

  it('gets forty calls of all sizes at once, and each has its own answer', async () => {
    const channel = await openerOf('direct')(parseAddress(server.endpoint, false), {});
    const sizes = [0, 1, 4, 5, 90, 1_000, 16_379, 16_380, 40_000, 70_000];
    const bodies = Array.from({ length: 40 }, (_none, at) =>
      Buffer.alloc(sizes[at % 10] as number, at),
    );
    const ends = await Promise.all(bodies.map((body) => call(channel, 'echo', body, 30_000)));
    channel.close();
    expect(ends.every(({ answer }, at) => answer === latin1(bodies[at] as Buffer))).toBe(true);
  });
});

it('where nobody listens both wires say that nothing was sent', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  await new Promise((resolve) => taken.close(resolve));
  for (const wire of ['grpc-js', 'direct'] as const) {
    const address = parseAddress(`http://127.0.0.1:${port}`, false);
    const channel = await openerOf(wire)(address, {});
    const end = await call(channel, 'echo', Buffer.alloc(1), 30_000);
    channel.close();
    expect(end).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent', retryable: true });
  }
});

it('a call that is cancelled gives no more events, over both wires', async () => {
  await using server = await TwinServer.start();
  for (const wire of ['grpc-js', 'direct'] as const) {
    const channel = await openerOf(wire)(parseAddress(server.endpoint, false), {});
    await call(channel, 'echo', Buffer.alloc(1), 30_000);
    let heard = 0;
    const cancel = channel.unary('/twin/echo', {}, 30_000, Buffer.alloc(1), () => heard++);
    cancel();
    await call(channel, 'echo', Buffer.alloc(1), 30_000);
    expect(heard).toBe(0);
    channel.close();
  }
});

it.each(Array.from({ length: 6 }, (_, seed) => seed + 1))(
  'the schedule of calls, cuts and answers number %i gives the same ends over both wires',
  async (seed) => {
    const steps = schedule(dice(seed), 30);
    const [known, own] = await Promise.all([follow('grpc-js', steps), follow('direct', steps)]);
    expect(own).toEqual(known);
    expect(own.length).toBeGreaterThan(10);
  },
);
