import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { Chaos, FAULTS, type Fault } from '../support/recipes/chaos.js';
import { RECIPE_NAMES } from '../support/recipes/index.js';

const WORKERS = 3;
/** Each fault once; those of a line come at once. */
const STORY: readonly (readonly Fault[])[] = [
  ['lose replies', 'cut'],
  ['kill', 'kill a member'],
  ['pause', 'partition', 'pause a member'],
];

describeEtcd('every recipe, in processes that are killed, stopped and cut off', (etcd) => {
  it('keeps its promise, as the history of the store shows', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const { faults, recipes } = await Chaos.run({
      ...{ cluster, client, recipes: RECIPE_NAMES, workers: WORKERS, seed: 7, faults: STORY },
    });
    const violations = [...recipes].map(([name, { violations }]) => [name, violations]);
    expect(Object.fromEntries(violations)).toEqual(
      Object.fromEntries(RECIPE_NAMES.map((name) => [name, []])),
    );
    expect(Object.keys(faults).filter((fault) => faults[fault as Fault] > 0)).toEqual([...FAULTS]);
    for (const [, { revisions }] of recipes) expect(revisions).toBeGreaterThan(WORKERS);
  }, 400_000);
});
