import { describe, expect, it } from 'vitest';
import { Report } from '../../../../src/diagnostics/report.js';
import { Balancer } from '../../../../src/transport/connection/balancer.js';
import { FakeChannel, type FakeStatus } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { recordMessages } from '../../../support/recorded-diagnostics.js';

const STEP_MS = 10;

/** A client of two members, connected to both; the second one answers as it is told. */
async function connectToTwo(second: FakeStatus) {
  const clock = new ManualClock();
  const channels = new Map<string, FakeChannel>();
  const balancer = new Balancer({
    clock,
    serverVersion: undefined,
    tls: false,
    events: { connected: () => {}, disconnected: () => {} },
    report: new Report(),
    openChannel: async ({ endpoint }) => {
      const channel = new FakeChannel();
      channels.set(endpoint, channel);
      return channel;
    },
    statusMetadata: () => ({}),
  });
  const answer = async (name: string, status: FakeStatus): Promise<void> => {
    channels.get(name)?.status.answer(status);
    await clock.advance(0);
  };
  balancer.set(['a:1', 'b:1']);
  balancer.connect();
  await clock.advance(0);
  await answer('a:1', {});
  await answer('b:1', second);
  return {
    states: () => balancer.status.map(({ endpoint, state }) => `${endpoint} ${state}`),
    /** Lets time go by until the second member is asked again, which answers so. */
    async recheck(status: FakeStatus): Promise<void> {
      const asked = () => channels.get('b:1')?.calls.length;
      const before = asked();
      while (asked() === before) await clock.advance(STEP_MS);
      await answer('b:1', status);
    },
    [Symbol.dispose]: () => balancer.close(),
  };
}

describe('the news of an endpoint', () => {
  it.each([
    ['learner', { isLearner: true }],
    ['no-leader', { leader: 0n }],
  ] as const)(
    'tells once that calls avoid a %s, and when they come back',
    async (reason, status) => {
      using told = recordMessages();
      using two = await connectToTwo(status);
      expect(two.states()).toEqual(['a:1 ready', 'b:1 set-aside']);
      await two.recheck(status);
      const setAside = { topic: 'endpoint', kind: 'set-aside', endpoint: 'b:1', reason };
      expect(told.messages).toEqual([
        expect.objectContaining({ kind: 'connected', endpoint: 'a:1' }),
        expect.objectContaining({ kind: 'connected', endpoint: 'b:1' }),
        { ...setAside, error: undefined },
      ]);
      await two.recheck({});
      expect(two.states()).toEqual(['a:1 ready', 'b:1 ready']);
      expect(told.messages.slice(3)).toEqual([
        { topic: 'endpoint', kind: 'back', endpoint: 'b:1' },
      ]);
    },
  );
});
