import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { runLockChaos } from '../support/lock-chaos.js';
import { LOCK, queueOf, type Recipe } from '../support/locks.js';
import { until } from '../support/wait.js';

const CHAOS_MS = 3_000;

/** The keys that stay: the number of permits of a semaphore. */
const LASTING: Readonly<Record<Recipe, readonly string[]>> = {
  mutex: [],
  'read-write': [],
  semaphore: [`${LOCK}/size`],
};

describeEtcd('holders of a recipe, of which some are killed, stopped or cut off', (etcd) => {
  it.each(['read-write', 'semaphore'] as const)(
    'write only while they hold it: %s',
    async (recipe) => {
      await using server = await etcd.start();
      const { writes, violations } = await runLockChaos(server.endpoint, {
        recipe,
        workers: 3,
        durationMs: CHAOS_MS,
        seed: 11,
        leastFaults: 4,
        leastTurns: 10,
      });
      expect(violations).toEqual([]);
      expect(new Set(writes.map(({ name }) => name)).size).toBeGreaterThan(1);
      // Nothing is left that would block anyone for longer than a session lasts.
      await using client = new EtcdClient({ endpoints: server.endpoint });
      await until(async () => (await queueOf(client)).length === LASTING[recipe].length);
      expect(await queueOf(client)).toEqual(LASTING[recipe]);
    },
    120_000,
  );
});
