import { expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { MemoryEtcd, type MemoryEtcdVersion } from '../../src/testing/index.js';
import { simpleTokenFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import { describeDifference, differencesOf } from '../support/differential/twins.js';

/** Operations on each version; `npm run compare:memory` does more, half of them with authentication. */
const OPERATIONS = 500;
const SEED = 2_379;
/** Together more than a server sends in one message. */
const LARGE = { count: 6, value: 'x'.repeat(500_000) };

describeEveryEtcd('a cluster in memory', (etcd) => {
  it('does what this version does, in its answers, refusals, revisions and events', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using real = clientOf(server, { batching: false });
    await using memory = new MemoryEtcd({ version: etcd.series as MemoryEtcdVersion });
    const inMemory = memory.client({ batching: false });
    const differences = await differencesOf({ real, memory, inMemory }, OPERATIONS, SEED);
    expect(differences.map(describeDifference)).toEqual([]);
  });

  it('cuts what it has to tell a watch into the same fragments', async () => {
    await using server = await etcd.start();
    await using real = clientOf(server);
    await using memory = new MemoryEtcd({ version: etcd.series as MemoryEtcdVersion });
    const fragments = await Promise.all([real, memory.client()].map(fragmentsOf));
    expect(fragments).toEqual([
      ['4, more follows', '2'],
      ['4, more follows', '2'],
    ]);
  });
});

/** Has a watcher told of large values of the past; answers the number of events in each message. */
async function fragmentsOf(etcd: EtcdClient): Promise<readonly string[]> {
  for (let index = 0; index < LARGE.count; index += 1) await etcd.put(`k${index}`, LARGE.value);
  await using stream = etcd.rpc.watch.watch();
  const key = new TextEncoder().encode('k0');
  const rangeEnd = new TextEncoder().encode('l');
  await stream.send({ createRequest: { key, rangeEnd, startRevision: 2n, fragment: true } });
  const messages: string[] = [];
  let told = 0;
  for await (const { events, fragment } of stream) {
    if (events.length === 0) continue;
    messages.push(`${events.length}${fragment ? ', more follows' : ''}`);
    told += events.length;
    if (told === LARGE.count) break;
  }
  return messages;
}
