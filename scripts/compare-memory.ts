// `npm run compare:memory -- [operations] [seed]`: does the same generated operations to MemoryEtcd and to
// each real etcd on this machine, without authentication and with it by turns, and prints what is different.

import process from 'node:process';
import { MemoryEtcd, type MemoryEtcdVersion } from '../src/testing/index.js';
import { simpleTokenFlags } from '../test/support/auth.js';
import { clientOf } from '../test/support/client.js';
import { describeDifference, differencesOf } from '../test/support/differential/twins.js';
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
  const differences = await differencesOf(twins, Number(operations), Number(seed));
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  const found = differences.length === 0 ? 'no difference' : `${differences.length} differences`;
  console.log(`etcd ${series}: ${operations} operations with seed ${seed}, ${found}, ${seconds} s`);
  for (const difference of differences) console.log(describeDifference(difference));
  if (differences.length > 0) process.exitCode = 1;
}
