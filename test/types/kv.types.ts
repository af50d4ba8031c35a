import { z } from 'zod';
import {
  type Codec,
  codecs,
  DELETE,
  type EtcdClient,
  type Header,
  KEEP,
  type KeyValue,
  type PutResult,
  type RangeResult,
  type Selection,
  type UpdateResult,
  type View,
} from '../../src/index.js';
import { type Equal, same } from './equal.js';

declare const etcd: EtcdClient;

// Keys and values.
const kv = await etcd.get('k');
same<Equal<typeof kv, KeyValue | undefined>>();
same<Equal<NonNullable<typeof kv>['value'], string>>();
same<Equal<NonNullable<typeof kv>['modRevision'], bigint>>();
same<Equal<Header['revision'], bigint>>();
same<Equal<NonNullable<typeof kv>['valueBytes'], Uint8Array>>();
await etcd.get(Uint8Array.of(1), { revision: 4, signal: undefined, timeoutMs: undefined });
await etcd.get('k', { revision: 4n, serializable: true });
const put = await etcd.put('k', 'v', { lease: { id: 5n }, prevKv: true, idempotent: true });
same<Equal<typeof put, PutResult<string>>>();
const deleted = await etcd.delete('k', { prevKv: true });
same<Equal<typeof deleted.deleted, number>>();
same<Equal<typeof deleted.prev, readonly KeyValue<string>[]>>();

// @ts-expect-error a key is needed
etcd.get();
// @ts-expect-error a key is text or bytes
etcd.get(5);
// @ts-expect-error a put without a value
etcd.put('k');
// @ts-expect-error the client's values are strings
etcd.put('k', 5);
// @ts-expect-error no such option
etcd.get('k', { revison: 4n });
// @ts-expect-error an option of writes
etcd.get('k', { idempotent: true });
// @ts-expect-error a missing key is undefined
(await etcd.get('k')).value;
// @ts-expect-error records do not change
if (kv) kv.value = 'x';
// @ts-expect-error endpoints are needed
const options: ConstructorParameters<typeof EtcdClient>[0] = {};

// Selections.
const users = etcd.prefix('users/');
same<Equal<typeof users, Selection<string>>>();
const page = await users.sortBy('modRevision', 'desc').limit(2).all();
same<Equal<typeof page, RangeResult<string>>>();
for await (const { key, value } of users)
  same<Equal<[typeof key, typeof value], [string, string]>>();
const map = await users.toMap();
same<Equal<typeof map, Map<string, string>>>();
// @ts-expect-error records are not sorted by that
users.sortBy('lease');
// @ts-expect-error a selection is no promise: its verbs read
await users.kvs;
// @ts-expect-error a limit is a number
users.limit(2n);

// Views.
const User = z.object({ id: z.number(), email: z.string() });
const people = etcd.namespace('people/').as(codecs.schema(User));
same<Equal<typeof people, View<{ id: number; email: string }>>>();
await people.put('42', { id: 42, email: 'a@b.c' });
const email: string | undefined = (await people.get('42'))?.value.email;
void email;
// @ts-expect-error the email is missing
people.put('42', { id: 42 });
// @ts-expect-error the value is no string
people.put('42', 'text');
// @ts-expect-error a user has no name
(await people.get('42'))?.value.name;
await people.update('42', (user) => ({ id: 42, email: user?.email ?? '' }));
await people.update('42', async (user, record) => {
  same<Equal<typeof user, { id: number; email: string } | undefined>>();
  same<Equal<typeof record, KeyValue<{ id: number; email: string }> | undefined>>();
  return { id: 42, email: '' };
});
// @ts-expect-error what the function makes must be a user
people.update('42', () => ({ id: 42 }));
// @ts-expect-error a created value too
people.create('42', {});

// What is written and what is read can differ.
const dates = etcd.as(codecs.schema(z.string().transform((text) => new Date(text))));
same<Equal<typeof dates, View<Date, string>>>();
await dates.put('k', '2024-01-01');
// @ts-expect-error a date is what comes out
dates.put('k', new Date());
await dates.update('k', (date) => date?.toISOString() ?? '');
const updated = await dates.update('k', async (date) => (date === undefined ? KEEP : DELETE));
same<Equal<typeof updated, UpdateResult<Date>>>();
same<Equal<typeof updated.value, Date | undefined>>();
await people.update('42', (user) => user ?? (Math.random() > 0.5 ? KEEP : DELETE));
await people.update('42', async (user) => user ?? DELETE);
// @ts-expect-error
await etcd.update('k', () => Symbol.iterator);

const bytes = etcd.as(codecs.bytes);
same<Equal<typeof bytes, View<Uint8Array>>>();
const numbers: Codec<number> = {
  name: 'numbers',
  encode: (value) => Uint8Array.of(value),
  decode: (stored) => stored[0] ?? 0,
};
same<Equal<ReturnType<typeof etcd.as<number>>, View<number>>>();
await etcd.as(numbers).put('k', 5);
// @ts-expect-error no codec
etcd.as({ encode: () => Uint8Array.of() });
void options;
