import { expect, it } from 'vitest';
import { MemoryEtcd, type MemoryEtcdVersion } from '../../src/testing/index.js';
import { clientOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import { describeDifference, firstDifference } from '../support/differential/twins.js';

/** Operations on each version; `npm run compare:memory` does more. */
const OPERATIONS = 1_000;
const SEED = 2_379;

describeEveryEtcd('a cluster in memory', (etcd) => {
  it('does what this version does, in its answers, refusals, revisions and events', async () => {
    await using server = await etcd.start();
    await using real = clientOf(server, { batching: false });
    await using memory = new MemoryEtcd({ version: etcd.series as MemoryEtcdVersion });
    const inMemory = memory.client({ batching: false });
    const difference = await firstDifference({ real, memory, inMemory }, OPERATIONS, SEED);
    expect(difference === undefined ? 'no difference' : describeDifference(difference)).toBe(
      'no difference',
    );
  });
});
