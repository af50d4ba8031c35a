// `npm run compare:memory -- [operations] [seed]`: does the same generated operations to MemoryEtcd and to
// each real etcd on this machine, without authentication and with it by turns, and prints the first difference
// of each version.

import process from 'node:process';
import { MemoryEtcd, type MemoryEtcdVersion } from '../src/testing/index.js';
import { simpleTokenFlags } from '../test/support/auth.js';
import { clientOf } from '../test/support/client.js';
import { describeDifference, firstDifference } from '../test/support/differential/twins.js';
import { startEtcd } from '../test/support/etcd.js';
import { everySeries, hasEtcd, missingReason } from '../test/support/versions.js';

const [operations = '50000', seed = '1'] = process.argv.slice(2);
const only = process.env['ETCD_SERIES'];

for (const series of everySeries) {
  if (only !== undefined && only !== series) continue;
  if (!hasEtcd(series)) {
    console.log(`etcd ${series}: not compared, ${missingReason(series)}`);
    continue;
  }
  await using server = await startEtcd({ version: series, flags: simpleTokenFlags() });
  await using real = clientOf(server, { batching: false });
  await using memory = new MemoryEtcd({ version: series as MemoryEtcdVersion });
  const inMemory = memory.client({ batching: false });
  const begunAt = performance.now();
  const twins = { real, memory, inMemory };
  const difference = await firstDifference(twins, Number(operations), Number(seed));
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  if (difference !== undefined) process.exitCode = 1;
  console.log(
    difference === undefined
      ? `etcd ${series}: ${operations} operations with seed ${seed}, no difference, ${seconds} s`
      : `etcd ${series}, seed ${seed}: ${describeDifference(difference)}`,
  );
}
