import { describe, expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { MemoryEtcd, type MemoryEtcdVersion } from '../../src/testing/index.js';
import { simpleTokenFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import type { Operation } from '../support/differential/operations.js';
import { describeDifference, differencesOf, stepsOf } from '../support/differential/twins.js';

/** Operations on each version, half of them with authentication; `npm run compare:memory` does more. */
const OPERATIONS = 500;
const SEED = 2_379;
/** Together more than a server sends in one message. */
const LARGE = { count: 6, value: 'x'.repeat(500_000) };

/** Every kind of operation, with the options that change what it does. */
const COVERED: Readonly<Record<string, (operation: Operation) => boolean>> = {
  puts: ({ kind }) => kind === 'put',
  deletions: ({ kind }) => kind === 'delete',
  ...Object.fromEntries(
    (['limit', 'minModRevision', 'maxModRevision', 'minCreateRevision'] as const).map((option) => [
      `ranges with ${option}`,
      (each: Operation) => each.kind === 'range' && each.request[option] !== 0n,
    ]),
  ),
  ...Object.fromEntries(
    (['keysOnly', 'countOnly', 'serializable'] as const).map((option) => [
      `ranges with ${option}`,
      (each: Operation) => each.kind === 'range' && each.request[option] === true,
    ]),
  ),
  ...Object.fromEntries(
    ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'].map((target) => [
      `ranges sorted by ${target}`,
      (each: Operation) => each.kind === 'range' && each.request.sortTarget === target,
    ]),
  ),
  'ranges of the past': (each) => each.kind === 'range' && (each.at ?? 0n) < 0n,
  'ranges of the future': (each) => each.kind === 'range' && (each.at ?? 0n) > 0n,
  'nested transactions': (each) =>
    each.kind === 'txn' && JSON.stringify(each.request, withoutBigints).includes('requestTxn'),
  compactions: ({ kind }) => kind === 'compact',
  'leases that are granted': ({ kind }) => kind === 'grant',
  'leases that are refused': (each) => each.kind === 'grant' && each.ttl > 9_000_000_000n,
  'leases that are revoked': ({ kind }) => kind === 'revoke',
  'leases that are renewed': ({ kind }) => kind === 'keepAlive',
  'questions about leases': ({ kind }) => kind === 'timeToLive',
  'watches of the past': (each) => each.kind === 'watch' && each.at < 0n,
  'watches with filters': (each) =>
    each.kind === 'watch' && (each.request.filters?.length ?? 0) > 0,
  'changes of users and roles': (each) => each.kind === 'auth' && each.call.method !== 'userList',
  'puts without a key': (each) => each.kind === 'put' && each.request.key?.length === 0,
  'users without a name': (each) => each.kind === 'auth' && 'name' in each.call && !each.call.name,
  hashes: ({ kind }) => kind === 'hashKv',
};

const withoutBigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

describe('the operations that are compared', () => {
  const steps = [...stepsOf(OPERATIONS, SEED)];

  it.each(Object.keys(COVERED))('are %s, among others', (name) => {
    expect(steps.filter(({ operation }) => COVERED[name]?.(operation))).not.toEqual([]);
  });

  it('run as nobody, as an administrator and as users with few rights', () => {
    const actors = new Set(steps.map((step) => step.as));
    expect([...actors].sort()).toEqual(['alice', 'bob', 'root', 'écrivain', undefined]);
  });
});

describeEveryEtcd('a cluster in memory', (etcd) => {
  it('does what this version does, in its answers, refusals, revisions and events', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using real = clientOf(server, { batching: false });
    await using memory = new MemoryEtcd({ version: etcd.series as MemoryEtcdVersion });
    const inMemory = memory.client({ batching: false });
    const differences = await differencesOf({ real, memory, inMemory }, OPERATIONS, SEED);
    expect(differences.map(describeDifference)).toEqual([]);
  });

  it('splits the responses of a watch into the same fragments', async () => {
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
