import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { runLockChaos } from '../support/lock-chaos.js';
import { queueOf } from '../support/locks.js';
import { until } from '../support/wait.js';

describeEtcd('readers and writers, of which some are killed, stopped or cut off', (etcd) => {
  it('write only while they hold it', async () => {
    await using server = await etcd.start();
    const { writes, violations } = await runLockChaos(server.endpoint, {
      recipe: 'read-write',
      workers: 3,
      durationMs: 3_000,
      seed: 11,
      leastFaults: 4,
      leastTurns: 10,
    });
    expect(violations).toEqual([]);
    expect(new Set(writes.map(({ name }) => name)).size).toBeGreaterThan(1);
    // Nothing is left that would block anyone for longer than a session lasts.
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await until(async () => (await queueOf(client)).length === 0, { what: 'no key of a holder' });
    expect(await queueOf(client)).toEqual([]);
  }, 120_000);
});
