// Iterates every key below `many/` and prints what it saw and how much memory that took, as JSON.
// Run with --expose-gc.
import { EtcdClient } from '../../../src/index.js';

const SAMPLE_EVERY = 5_000;
const [endpoint = ''] = process.argv.slice(2);

/** Bytes that are in use once the garbage is gone, in the heap and outside it. */
function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await using etcd = await EtcdClient.connect({ endpoints: endpoint });
const many = etcd.prefix('many/');
// Everything that is loaded and compiled on first use has been, before the measure is taken.
for await (const kv of many.limit(SAMPLE_EVERY)) kv.value;
process.stdout.write('ready\n');

const before = usedBytes();
const residentBefore = process.memoryUsage.rss();
let most = before;
let keys = 0;
let bytes = 0;
let first: string | undefined;
let last: string | undefined;
for await (const { key, value } of many) {
  first ??= key;
  last = key;
  keys++;
  bytes += key.length + value.length;
  if (keys % SAMPLE_EVERY === 0) most = Math.max(most, usedBytes());
}
const grownBytes = most - before;
const residentGrownBytes = process.memoryUsage.rss() - residentBefore;
process.stdout.write(
  `${JSON.stringify({ keys, bytes, first, last, grownBytes, residentGrownBytes })}\n`,
);
