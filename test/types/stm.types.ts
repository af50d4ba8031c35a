import { z } from 'zod';
import {
  type StmIsolation,
  type StmOptions,
  type StmTransaction,
  stm,
} from '../../src/concurrency/index.js';
import { codecs, type EtcdClient, type KeyValue } from '../../src/index.js';
import { type Equal, same } from './equal.js';

declare const etcd: EtcdClient;
const User = z.object({ id: z.number(), tags: z.array(z.string()).default([]) });
const people = etcd.namespace('people/').as(codecs.schema(User));
interface Read {
  id: number;
  tags: string[];
}

// The result is what the function returns, and not a promise of it.
const left = await stm(etcd, async (tx) => {
  same<Equal<typeof tx, StmTransaction<string, string>>>();
  const kv = await tx.get('a');
  same<Equal<typeof kv, KeyValue<string> | undefined>>();
  return Number(kv?.value ?? 0);
});
same<Equal<typeof left, number>>();
const nothing = await stm(etcd, (tx) => tx.delete('a'));
same<Equal<typeof nothing, void>>();
const either = await stm(etcd, (): 'a' | Promise<'b'> => 'a');
same<Equal<typeof either, 'a' | 'b'>>();

// Keys and values are those of the view: what is read has its output, what is put its input.
await stm(people, async (tx) => {
  same<Equal<typeof tx, StmTransaction<Read, { id: number; tags?: string[] | undefined }>>>();
  const user = await tx.get('42');
  same<Equal<NonNullable<typeof user>['value'], Read>>();
  tx.put('42', { id: 42 });
  // @ts-expect-error not of the shape
  tx.put('42', { id: '42' });
  // @ts-expect-error the view has no text
  tx.put('42', 'text');
  // @ts-expect-error a put without a value
  tx.put('42');
});

// Another view types its keys.
await stm(etcd, async (tx) => {
  const user = await tx.get('42', { in: people });
  same<Equal<typeof user, KeyValue<Read> | undefined>>();
  tx.put('42', { id: 1, tags: ['a'] }, { in: people, lease: { id: 5n } });
  // @ts-expect-error the value is that of the other view
  tx.put('42', 'text', { in: people });
  // @ts-expect-error and not that of the transaction's
  tx.put('42', { id: 1 });
  tx.put('a', 'text', { lease: 5n });
  tx.delete('42', { in: people });
  // @ts-expect-error a selection is no view
  await tx.get('42', { in: people.all() });
  // @ts-expect-error its reads take no options of calls
  await tx.get('a', { serializable: true });

  // A range is typed by its selection.
  const all = await tx.all(people.all());
  same<Equal<typeof all, readonly KeyValue<Read>[]>>();
  const texts = await tx.all(etcd.prefix('rates/'));
  same<Equal<typeof texts, readonly KeyValue<string>[]>>();
  // @ts-expect-error a key is no selection
  await tx.all('rates/');
  // @ts-expect-error a transaction is committed by itself
  await tx.commit();
});

// The options.
const options: StmOptions = {
  isolation: 'serializable-snapshot',
  signal: undefined,
  timeoutMs: undefined,
  maxAttempts: 3,
};
await stm(etcd, () => 1, options);
const levels: readonly StmIsolation[] = [
  'serializable-snapshot',
  'serializable',
  'repeatable-reads',
  'read-committed',
];
void levels;
// @ts-expect-error no such level
await stm(etcd, () => 1, { isolation: 'snapshot' });
// @ts-expect-error no such option
await stm(etcd, () => 1, { attempts: 3 });
// @ts-expect-error a session is no view
await stm({ lease: {} }, () => 1);
// @ts-expect-error a function is needed
await stm(etcd);
