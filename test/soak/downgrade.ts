import type { EtcdClient } from '../../src/index.js';
import { atLeast, type EtcdSeries, everySeries, hasEtcd, toolsOf } from '../support/versions.js';
import { until } from '../support/wait.js';
import { underLoad, WRITES_PER_HOP } from './rolling.js';
import { type Figures, must, type Soak } from './soak.js';

// The servers look every few seconds whether their data can take the older form.
const MIGRATION_MS = 120_000;

/** Such as `3.6`. */
function minorOf(series: EtcdSeries): string {
  return toolsOf(series).version.split('.').slice(0, 2).join('.');
}

/** The form of the data on each member, as the members tell it. */
async function storageVersions(client: EtcdClient): Promise<readonly (string | undefined)[]> {
  const status = await Promise.all(
    client.endpoints.map((endpoint) => client.maintenance.status(endpoint)),
  );
  return status.map(({ storageVersion }) => storageVersion);
}

async function downgrade(): Promise<Figures> {
  // 3.5 hangs when it is asked to, so the last version that can be left is 3.7.
  const [older, newer] = everySeries
    .filter(hasEtcd)
    .filter((series) => atLeast(toolsOf(series).version, '3.6.0'))
    .slice(-2);
  must(
    older !== undefined && newer !== undefined,
    'there are two versions of etcd from 3.6 on on this machine',
  );
  const target = minorOf(older);
  const form = (series: EtcdSeries) => `${minorOf(series)}.0`;
  const figures = await underLoad(newer, async (cluster, client, writer) => {
    await writer.more(WRITES_PER_HOP);
    // A new cluster writes down the form of its data some seconds after its start.
    await until(async () => (await storageVersions(client)).every((v) => v === form(newer)), {
      timeoutMs: MIGRATION_MS,
      what: 'the storage version of all members',
    });
    await client.maintenance.downgrade('validate', target);
    await client.maintenance.downgrade('enable', target);
    await until(async () => (await storageVersions(client)).every((v) => v === form(older)), {
      timeoutMs: MIGRATION_MS,
      what: `data in the form of ${target} on all members`,
    });
    console.log(`the data has the form of ${target}`);
    await writer.more(WRITES_PER_HOP);
    await cluster.become(older);
    await until(async () => (await client.maintenance.status()).downgradeTo === undefined, {
      timeoutMs: MIGRATION_MS,
      what: 'the end of the downgrade',
    });
    console.log(`downgraded to ${toolsOf(older).version}`);
    await writer.more(WRITES_PER_HOP);
  });
  return { versions: `${toolsOf(newer).version} -> ${toolsOf(older).version}`, ...figures };
}

export const soak: Soak = {
  title:
    'Three members go back to the version before, one after the other, after `maintenance.downgrade()`, while a client writes, watches, renews a lease, takes a lock and is registered',
  run: downgrade,
};
