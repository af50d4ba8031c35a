import { expect, it } from 'vitest';
import { Barrier, DoubleBarrier, Session } from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { dice, hurt } from '../support/hurt.js';
import { until } from '../support/wait.js';

const PARTICIPANTS = 3;
const ROUNDS = 4;
const FAULTS = 6;

/** What participants did, in the order of the store: `in` or `out`, and the round. */
async function readSteps(client: EtcdClient): Promise<readonly string[]> {
  const { kvs } = await client.prefix('log/').sortBy('modRevision').all();
  return kvs.map(({ value }) => value);
}

describeEtcd('barriers whose connections break', (etcd) => {
  it('start a round when all have entered, and end it when all have left', async () => {
    await using server = await etcd.start();
    const proxies = await Promise.all(
      Array.from({ length: PARTICIPANTS }, () => startProxy({ target: server.endpoint })),
    );
    const clients = proxies.map((proxy) => clientOf(proxy, { timeoutMs: 30_000 }));
    await using direct = clientOf(server);
    let working = PARTICIPANTS;
    const participate = async (client: EtcdClient, place: number): Promise<void> => {
      await using session = await Session.create(client, { ttlSeconds: 60 });
      const barrier = new DoubleBarrier(session, 'phase', PARTICIPANTS);
      // Noted over a connection that works: what is tested is the barrier.
      const note = (step: string) => direct.put(`log/${place}/${step}`, step);
      for (let round = 0; round < ROUNDS; round += 1) {
        await note(`come ${round}`);
        await barrier.enter();
        await note(`in ${round}`);
        await barrier.leave();
        await note(`out ${round}`);
      }
      working -= 1;
    };
    await Promise.all([
      ...clients.map(participate),
      hurt(proxies, dice(5), { ended: () => working === 0, least: FAULTS }),
    ]);
    const steps = await readSteps(direct);
    expect(steps).toHaveLength(3 * PARTICIPANTS * ROUNDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(steps.indexOf(`in ${round}`)).toBeGreaterThan(steps.lastIndexOf(`come ${round}`));
      expect(steps.indexOf(`out ${round}`)).toBeGreaterThan(steps.lastIndexOf(`in ${round}`));
    }
    // Nothing is left, of attempts whose replies were lost neither.
    await until(async () => (await direct.prefix('phase/').count()) === 0);
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  it('let waiters pass after the release, and not before', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    const barrier = new Barrier(direct, 'gate');
    for (let round = 0; round < 3; round += 1) {
      await barrier.hold();
      let passed = false;
      const waiting = new Barrier(client, 'gate').wait().then(() => {
        passed = true;
      });
      await hurt([proxy], dice(round + 1), { ended: () => true, least: 3 });
      expect(passed).toBe(false);
      await barrier.release();
      await waiting;
    }
  });
});
