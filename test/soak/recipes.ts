import { EtcdClient } from '../../src/index.js';
import { startCluster } from '../support/cluster.js';
import { dice } from '../support/dice.js';
import { Chaos, FAULTS, type Fault } from '../support/recipes/chaos.js';
import { RECIPE_NAMES, type RecipeName } from '../support/recipes/index.js';
import { type Figures, must, type Soak, type SoakOptions } from './soak.js';

const VERSIONS = ['3.4', '3.7'] as const;
const SECONDS = 240;
const WORKERS = 4;
const SEED = 1;
/** Faults of the cluster are rarer than those of workers: after each, all of them have to find a leader. */
const OF_MEMBERS: readonly Fault[] = ['kill a member', 'pause a member'];
const OF_WORKERS = FAULTS.filter((fault) => !OF_MEMBERS.includes(fault));
const WORKERS_HIT_AT_ONCE = 2;
const MEMBERS_ONE_IN = 5;

export const soak: Soak = {
  title:
    'Four processes work on every recipe on a cluster of three, while they are killed, stopped for longer than their sessions live and cut off, and while members are killed and stopped; the history of the store is checked afterwards',
  async run(options): Promise<Figures> {
    let found: Figures = {};
    for (const version of VERSIONS) found = { ...found, ...(await chaosOn(version, options)) };
    return found;
  },
};

async function chaosOn(
  version: (typeof VERSIONS)[number],
  { seconds = SECONDS, recipe }: SoakOptions,
): Promise<Figures> {
  await using cluster = await startCluster({ version });
  await using client = new EtcdClient({ endpoints: cluster.endpoints });
  const { faults, recipes } = await Chaos.run({
    ...{ cluster, client, workers: WORKERS, seed: SEED },
    recipes: recipe === undefined ? RECIPE_NAMES : [known(recipe)],
    faults: story(seconds),
  });
  const broken = [...recipes].flatMap(([name, { violations }]) =>
    violations.map((violation) => `${name}: ${violation}`),
  );
  must(broken.length === 0, `each recipe keeps its promise on ${version}: ${broken.join('; ')}`);
  const hit = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  return Object.fromEntries([
    [`etcd ${version}: faults`, hit.join(', ')],
    ...[...recipes].map(([name, { turns, failed, revisions }]) => [
      `etcd ${version}: ${name}`,
      `${turns} turns, ${failed} ended by an error, ${revisions} revisions, 0 violations`,
    ]),
  ]);
}

function* story(seconds: number): Generator<readonly Fault[]> {
  const roll = dice(SEED);
  const pick = (faults: readonly Fault[]): Fault => faults[roll(faults.length)] as Fault;
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    if (roll(MEMBERS_ONE_IN) === 0) yield [pick(OF_MEMBERS)];
    else yield Array.from({ length: 1 + roll(WORKERS_HIT_AT_ONCE) }, () => pick(OF_WORKERS));
  }
}

function known(recipe: string): RecipeName {
  const found = RECIPE_NAMES.find((name) => name === recipe);
  if (found === undefined) {
    throw new Error(`no such recipe: ${recipe}; there are ${RECIPE_NAMES.join(', ')}`);
  }
  return found;
}
