import { status } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it } from 'vitest';
import { EtcdError } from '../../../../src/errors/index.js';
import { parseAddress } from '../../../../src/transport/channel/address.js';
import type { EndpointContext } from '../../../../src/transport/connection/connection-context.js';
import { type Connection, Endpoint } from '../../../../src/transport/connection/endpoint.js';
import { FakeChannel, type FakeStatus } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';

let clock: ManualClock;
let channels: FakeChannel[];
let events: string[];
let mismatch: EtcdError | undefined;
let endpoint: Endpoint;

beforeEach(() => {
  clock = new ManualClock();
  channels = [];
  events = [];
  mismatch = undefined;
  endpoint = endpointWith({});
});

function endpointWith(settings: Partial<EndpointContext<Endpoint>>): Endpoint {
  return new Endpoint(parseAddress('http://a:1', false), {
    clock,
    serverVersion: undefined,
    openChannel: async () => {
      const channel = new FakeChannel();
      channels.push(channel);
      return channel;
    },
    statusMetadata: () => ({}),
    admit: () => mismatch,
    changed: () => {},
    silent: () => events.push('silent'),
    connected: () => events.push('connected'),
    disconnected: (_, error) => events.push(`disconnected: ${error.message}`),
    ...settings,
  });
}

/** The latest channel. */
function channel(): FakeChannel {
  const latest = channels.at(-1);
  if (latest === undefined) throw new Error('no channel was opened');
  return latest;
}

async function connect(told: FakeStatus = {}): Promise<Connection> {
  endpoint.connect();
  await clock.advance(0);
  channel().status.answer(told);
  await clock.advance(0);
  const { connection } = endpoint;
  if (connection === undefined) throw new Error('it is not connected');
  return connection;
}

describe('an endpoint', () => {
  it('does nothing until it is needed, and connects once', async () => {
    await clock.advance(60_000);
    expect(channels).toHaveLength(0);
    endpoint.connect();
    endpoint.connect();
    await clock.advance(0);
    expect(channels).toHaveLength(1);
    expect(endpoint.connection).toBeUndefined();
    expect(endpoint.reason).toBe('no answer yet');
    channel().status.answer({ version: '3.5.30' });
    await clock.advance(0);
    expect(endpoint.connection?.info).toMatchObject({ version: '3.5.30', hasLeader: true });
    expect(events).toEqual(['connected']);
  });

  it.each([
    [status.PERMISSION_DENIED, 'etcdserver: permission denied'],
    [status.INVALID_ARGUMENT, 'etcdserver: user name is empty'],
    [status.UNIMPLEMENTED, 'unknown service etcdserverpb.Maintenance'],
  ])('admits a server that refuses to tell its status: %i', async (code, details) => {
    endpoint.connect();
    await clock.advance(0);
    channel().status.fail(code, details);
    await clock.advance(0);
    expect(endpoint.connection?.info).toMatchObject({ version: undefined, clusterId: undefined });
    endpoint.askAgain();
    channel().status.answer({ version: '3.5.30', clusterId: 7n });
    await clock.advance(0);
    expect(endpoint.connection?.info).toMatchObject({ version: '3.5.30', clusterId: 7n });
    expect(events).toEqual(['connected']);
  });

  it.each([
    [
      status.UNAVAILABLE,
      'No connection established. Last error: Error: connect ECONNREFUSED a:1. Resolution note: ',
      'connect ECONNREFUSED a:1',
    ],
    [
      status.UNIMPLEMENTED,
      'Received HTTP status code 404',
      'Received HTTP status code 404 (what answered there is not etcd)',
    ],
  ])('is set aside when it fails to connect, and says why: %i', async (code, details, reason) => {
    endpoint.connect();
    await clock.advance(0);
    channel().connected = false;
    channel().status.fail(code, details);
    await clock.advance(0);
    expect(endpoint.reason).toBe(reason);
    expect(channel().closed).toBe(true);
    expect(events).toEqual([]);
  });

  it('is tried again over a new connection when it takes the first and says nothing', async () => {
    endpoint.connect();
    await clock.advance(4_000);
    expect(endpoint.reason).toBe('no answer within 4000 ms');
    expect(channel().closed).toBe(true);
    await clock.advance(100);
    expect(channels).toHaveLength(2);
    channel().status.answer();
    await clock.advance(0);
    expect(endpoint.connection?.channel).toBe(channel());
  });

  it('has the time for its first answer that the options give it', async () => {
    endpoint = endpointWith({ connectTimeoutMs: 300 });
    endpoint.connect();
    await clock.advance(299);
    expect(endpoint.reason).toBe('no answer yet');
    await clock.advance(1);
    expect(endpoint.reason).toBe('no answer within 300 ms');
    expect(channel().closed).toBe(true);
  });

  it('is asked after an interval of silence where it is to be kept in use', async () => {
    endpoint = endpointWith({ idleIntervalMs: 10_000 });
    const connection = await connect();
    const asked = (): number => channel().calls.length - 1;
    await clock.advance(9_999);
    expect(asked()).toBe(0);
    // A call was answered meanwhile: the connection is in use without a question.
    endpoint.succeeded();
    await clock.advance(10_000);
    expect(asked()).toBe(0);
    await clock.advance(1);
    expect(asked()).toBe(1);
    channel().status.answer();
    await clock.advance(20_000);
    expect(asked()).toBe(2);
    // Nobody answers: found out without any call of the user.
    await clock.advance(2_000);
    expect(endpoint.connection).not.toBe(connection);
    expect(events.at(-1)).toBe('disconnected: no answer within 2000 ms');
    endpoint.close();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  it('is tried again after growing pauses, two seconds at most', async () => {
    endpoint.connect();
    await clock.advance(0);
    const pauses: number[] = [];
    for (let i = 0; i < 10; i++) {
      channel().connected = false;
      channel().status.fail(status.UNAVAILABLE, 'connect ECONNREFUSED a:1');
      await clock.advance(0);
      const pause = clock.nextTimerMs ?? Number.NaN;
      pauses.push(pause);
      await clock.advance(pause);
    }
    // Half of the pause is certain, the other half is up to the dice, which show 0.5.
    expect(pauses).toEqual([37.5, 75, 150, 300, 600, 1_200, 1_500, 1_500, 1_500, 1_500]);
  });

  it('connects again at once after a connection was lost, and then after a pause', async () => {
    await connect();
    endpoint.succeeded();
    channel().lose();
    expect(endpoint.connection).toBeUndefined();
    expect(events).toEqual(['connected', 'disconnected: the connection was lost']);
    expect(clock.nextTimerMs).toBe(0);
    await clock.advance(0);
    channel().status.answer();
    await clock.advance(0);
    expect(events.at(-1)).toBe('connected');
    // It breaks again right away: a server that cannot keep a connection is not hammered.
    channel().lose();
    expect(clock.nextTimerMs).toBeGreaterThan(0);
  });

  it('forgets failures of before when a connection lasted', async () => {
    endpoint.connect();
    await clock.advance(0);
    for (let i = 0; i < 5; i++) {
      channel().connected = false;
      channel().status.fail(status.UNAVAILABLE, 'connect ECONNREFUSED a:1');
      await clock.advance(2_000);
    }
    channel().status.answer();
    await clock.advance(10_000);
    channel().lose();
    expect(clock.nextTimerMs).toBe(0);
  });

  it('is asked once, however many calls are in doubt, and is used meanwhile', async () => {
    const connection = await connect();
    const before = channel().calls.length;
    const serves = endpoint.ask(connection);
    expect(endpoint.ask(connection)).toBe(serves);
    expect(endpoint.connection).toBe(connection);
    expect(endpoint.doubted).toBe(false);
    expect(endpoint.doubt(connection)).toBe(serves);
    expect(endpoint.doubted).toBe(true);
    expect(channel().calls).toHaveLength(before + 1);
    channel().status.answer();
    expect(await serves).toBe(true);
    expect(endpoint.doubted).toBe(false);
    expect(endpoint.connection?.channel).toBe(connection.channel);
    expect(events).toEqual(['connected']);
    expect(clock.timers).toBe(0);
  });

  it('is given up when it is silent: its streams end, and a new connection is made at once', async () => {
    const connection = await connect();
    let ended = 0;
    endpoint.streams.add(() => ended++);
    const serves = endpoint.ask(connection);
    await clock.advance(1_999);
    expect(ended).toBe(0);
    await clock.advance(1);
    expect(await serves).toBe(false);
    expect(ended).toBe(1);
    expect(events.at(-1)).toBe('disconnected: no answer within 2000 ms');
    expect(channels[0]?.closed).toBe(true);
    await clock.advance(0);
    expect(channels).toHaveLength(2);
    channel().status.answer();
    await clock.advance(0);
    expect(events.at(-1)).toBe('connected');
    // Who still waits on the old connection asks nothing of the new one.
    expect(await endpoint.ask(connection)).toBe(false);
    channel().lose();
    expect(events.at(-1)).toBe('disconnected: the connection was lost');
  });

  it('has more time to answer when its round trip is longer', async () => {
    const connection = await connect();
    endpoint.succeeded(900);
    endpoint.succeeded(700);
    // A call that was long under way says nothing about the way.
    endpoint.succeeded(5_000);
    void endpoint.ask(connection);
    await clock.advance(2_799);
    expect(endpoint.connection).toBe(connection);
    await clock.advance(1);
    expect(events.at(-1)).toBe('disconnected: no answer within 2800 ms');
  });

  it('counts as alive while it sends something else', async () => {
    const connection = await connect();
    void endpoint.ask(connection);
    for (let i = 0; i < 5; i++) {
      await clock.advance(1_900);
      endpoint.succeeded();
    }
    expect(events).toEqual(['connected']);
    await clock.advance(4_000);
    expect(events.at(-1)).toBe('disconnected: no answer within 2000 ms');
  });

  it('is not blamed for a process that computes and reads nothing meanwhile', async () => {
    const connection = await connect();
    const serves = endpoint.ask(connection);
    for (let i = 0; i < 4; i++) {
      clock.block(1_200);
      await clock.advance(100);
    }
    expect(endpoint.connection).toBe(connection);
    channel().status.answer();
    expect(await serves).toBe(true);
    expect(events).toEqual(['connected']);
  });

  it('tells a call when it has no leader, and is asked again until it has one', async () => {
    const connection = await connect();
    const serves = endpoint.ask(connection);
    channel().status.answer({ leader: 0n });
    expect(await serves).toBe(false);
    expect(endpoint.connection?.info.hasLeader).toBe(false);
    const before = channel().calls.length;
    await clock.advance(clock.nextTimerMs ?? 0);
    expect(channel().calls).toHaveLength(before + 1);
    channel().status.answer({ leader: 5n });
    await clock.advance(0);
    expect(endpoint.connection?.info.hasLeader).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('is asked again when it is a learner, which may be promoted', async () => {
    await connect({ isLearner: true });
    await clock.advance(clock.nextTimerMs ?? 0);
    channel().status.answer({ isLearner: false });
    await clock.advance(0);
    expect(endpoint.connection?.info.isLearner).toBe(false);
    expect(clock.timers).toBe(0);
  });

  it('is hopeless while its server is of another cluster, and is asked again', async () => {
    mismatch = new EtcdError('another cluster', { code: 'CLUSTER_ID_MISMATCH' });
    endpoint.connect();
    await clock.advance(0);
    channel().status.answer();
    await clock.advance(0);
    expect(endpoint.hopeless).toBe(true);
    expect(endpoint.error).toBe(mismatch);
    expect(channels.every(({ closed }) => closed)).toBe(true);
    mismatch = undefined;
    await clock.advance(100);
    expect(endpoint.hopeless).toBe(true);
    channel().status.answer();
    await clock.advance(0);
    expect(endpoint.hopeless).toBe(false);
    expect(endpoint.connection).toBeDefined();
  });

  describe('leaves nothing behind when it is closed', () => {
    const states: Record<string, () => Promise<void>> = {
      idle: async () => {},
      opening: async () => endpoint.connect(),
      connecting: async () => {
        endpoint.connect();
        await clock.advance(0);
      },
      ready: async () => {
        await connect();
      },
      'without a leader': async () => {
        await connect({ leader: 0n });
      },
      asking: async () => {
        await connect();
        void endpoint.ask();
      },
      doubted: async () => {
        void endpoint.doubt(await connect());
      },
      'backing off from a silent server': async () => {
        void endpoint.ask(await connect());
        await clock.advance(2_000);
      },
      'backing off from a lost connection': async () => {
        await connect();
        channel().lose();
      },
    };

    it.each(Object.keys(states))('%s', async (name) => {
      await states[name]?.();
      endpoint.close();
      await clock.advance(60_000);
      expect(clock.timers).toBe(0);
      expect(channels.filter(({ closed }) => !closed)).toEqual([]);
      endpoint.connect();
      await clock.advance(60_000);
      expect(endpoint.connection).toBeUndefined();
      expect(endpoint.hopeless).toBe(true);
    });
  });
});
