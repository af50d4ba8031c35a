import {
  type AnyOp,
  codecs,
  type DeleteResult,
  type EtcdClient,
  type Header,
  type Key,
  type KeyValue,
  type Op,
  type PutResult,
  type RangeResult,
  type Selection,
  type Txn,
  type TxnResult,
} from '../../src/index.js';
import { type Equal, same } from './equal.js';

declare const etcd: EtcdClient;
const { op, compare } = etcd;
const json = etcd.namespace('json/').as(codecs.json<{ n: number }>());

// No operation at all.
const none = await etcd.txn().commit();
same<Equal<typeof none.results, readonly []>>();
same<Equal<typeof none.header, Header>>();

// One.
const one = await etcd.txn().then(op.put('k', 'v')).commit();
if (one.succeeded) same<Equal<typeof one.results, readonly [PutResult<string>]>>();
else same<Equal<typeof one.results, readonly []>>();

// Three, and others in the other branch: `succeeded` tells which.
const three = await etcd
  .txn()
  .if(compare('k').value('==', '10'))
  .then(op.put('k', '20'), op.get('other'), op.delete(etcd.prefix('old/')))
  .else(op.get('k'))
  .commit();
if (three.succeeded) {
  const [put, other, deleted] = three.results;
  same<Equal<typeof put, PutResult<string>>>();
  same<Equal<typeof other, KeyValue<string> | undefined>>();
  same<Equal<typeof deleted, DeleteResult<string>>>();
  // @ts-expect-error there is no fourth
  three.results[3];
} else {
  const [current] = three.results;
  same<Equal<typeof current, KeyValue<string> | undefined>>();
  // @ts-expect-error there is no second
  three.results[1];
}
// @ts-expect-error before `succeeded` is looked at, the first result may be of either branch
three.results[0].header;

// Any order, and repeated: they append.
const appended = etcd
  .txn()
  .else(op.get('a'))
  .then(op.put('b', 'v'))
  .if(compare('c').exists())
  .then(op.get(etcd.all()))
  .else(op.delete('d'))
  .if(compare('e').missing());
same<
  Equal<
    typeof appended,
    Txn<
      [Op<PutResult<string>>, Op<RangeResult<string>>],
      [Op<KeyValue<string> | undefined>, Op<DeleteResult<string>>]
    >
  >
>();

// The three forms of get, and of delete.
declare const key: Key;
declare const selection: Selection<{ n: number }>;
declare const either: Key | Selection<{ n: number }>;
same<Equal<ReturnType<typeof getKey>, Op<KeyValue<string> | undefined>>>();
const getKey = () => op.get(key);
const getSelection = () => op.get(selection);
same<Equal<ReturnType<typeof getSelection>, Op<RangeResult<{ n: number }>>>>();
const getEither = () => op.get(either);
same<
  Equal<ReturnType<typeof getEither>, Op<KeyValue<string> | RangeResult<{ n: number }> | undefined>>
>();
const deleteKey = () => op.delete(key);
same<Equal<ReturnType<typeof deleteKey>, Op<DeleteResult<string>>>>();
const deleteSelection = () => op.delete(selection, { prevKv: true });
same<Equal<ReturnType<typeof deleteSelection>, Op<DeleteResult<{ n: number }>>>>();
const deleteEither = () => op.delete(either);
same<
  Equal<ReturnType<typeof deleteEither>, Op<DeleteResult<string> | DeleteResult<{ n: number }>>>
>();

// Views mix: the operation carries its type, whatever transaction it is put in.
const mixed = await etcd
  .txn()
  .if(json.compare('k').value('==', { n: 1 }), compare('k').value('>', 'a'))
  .then(json.op.get('k'), op.get('k'), json.op.get(json.all()))
  .commit();
if (mixed.succeeded) {
  const [record, text, range] = mixed.results;
  same<Equal<typeof record, KeyValue<{ n: number }> | undefined>>();
  same<Equal<typeof text, KeyValue<string> | undefined>>();
  same<Equal<typeof range, RangeResult<{ n: number }>>>();
}

// A selection in compare has the values of its own view.
compare(json.all()).value('==', { n: 1 });
compare(selection).version('==', 0);
// @ts-expect-error its values are no strings
compare(json.all()).value('==', 'text');
// @ts-expect-error and those of a key of the client are
compare('k').value('==', { n: 1 });
// @ts-expect-error no such operator
compare('k').value('>=', 'a');
// @ts-expect-error the operator comes first
compare('k').value('a', '==');
// @ts-expect-error a version is a number
compare('k').version('==', '1');
compare('k').lease('==', { id: 5n });
declare const textual: Key | Selection<string>;
compare(textual).value('==', 'text');
// @ts-expect-error of either, a value must fit both
compare(either).value('==', 'text');

// A put has the values of its view.
json.op.put('k', { n: 1 });
// @ts-expect-error
json.op.put('k', 'text');
// @ts-expect-error a put without a value
op.put('k');
// @ts-expect-error a put takes no selection
op.put(etcd.all(), 'v');
// @ts-expect-error a selection has its own limit
op.get(etcd.all(), { limit: 1 });
// @ts-expect-error operations have no deadline of their own
op.put('k', 'v', { timeoutMs: 5 });

// What is no operation, and what is no condition.
// @ts-expect-error
etcd.txn().then('k');
// @ts-expect-error
etcd.txn().then(compare('k').exists());
// @ts-expect-error
etcd.txn().if(op.get('k'));
// @ts-expect-error a target without a comparison
etcd.txn().if(compare('k'));
// @ts-expect-error a transaction is nested by op.txn
etcd.txn().then(etcd.txn());
// @ts-expect-error operations are spread
etcd.txn().then([op.get('k')]);

// Constant tuples keep their places.
const tuple = [op.put('a', '1'), op.get('b')] as const;
const fromTuple = await etcd
  .txn()
  .then(...tuple, op.delete('c'))
  .commit();
if (fromTuple.succeeded) {
  same<
    Equal<
      typeof fromTuple.results,
      readonly [PutResult<string>, KeyValue<string> | undefined, DeleteResult<string>]
    >
  >();
}

// Arrays of unknown length become arrays.
const puts = ['a', 'b'].map((name) => op.put(name, 'v'));
const fromArray = await etcd
  .txn()
  .then(...puts)
  .commit();
if (fromArray.succeeded) {
  same<Equal<typeof fromArray.results, readonly PutResult<string>[]>>();
  for (const { header } of fromArray.results) same<Equal<typeof header, Header>>();
}
const framed = await etcd
  .txn()
  .then(op.get('first'), ...puts)
  .commit();
if (framed.succeeded) {
  const [first, ...rest] = framed.results;
  same<Equal<typeof first, KeyValue<string> | undefined>>();
  same<Equal<typeof rest, PutResult<string>[]>>();
}
declare const anything: readonly AnyOp[];
const unknowns = await etcd
  .txn()
  .then(...anything)
  .commit();
if (unknowns.succeeded) same<Equal<typeof unknowns.results, readonly unknown[]>>();

// One operation of several kinds has one result of several kinds.
declare const which: boolean;
const union = await etcd
  .txn()
  .then(which ? op.put('k', 'v') : op.get('k'))
  .commit();
if (union.succeeded) {
  const [result] = union.results;
  same<Equal<typeof result, PutResult<string> | KeyValue<string> | undefined>>();
}

// Nested ones are typed to any depth.
const third = etcd.txn().then(op.get('deep')).else(op.put('deep', 'v'));
const second = etcd.txn().then(op.txn(third));
const nested = await etcd.txn().else(op.txn(second), op.get('k')).commit();
if (!nested.succeeded) {
  const [middle] = nested.results;
  same<
    Equal<
      typeof middle,
      TxnResult<[Op<TxnResult<[Op<KeyValue<string> | undefined>], [Op<PutResult<string>>]>>], []>
    >
  >();
  if (middle.succeeded) {
    const [deep] = middle.results;
    if (deep.succeeded) same<Equal<(typeof deep.results)[0], KeyValue<string> | undefined>>();
    else same<Equal<(typeof deep.results)[0], PutResult<string>>>();
  }
}
// @ts-expect-error an operation is no transaction
op.txn(op.get('k'));

// A function may take transactions and operations without knowing more.
async function first<T>(operation: Op<T>): Promise<T | undefined> {
  const result = await etcd.txn().then(operation).commit();
  return result.succeeded ? (result.results[0] as T) : undefined;
}
same<Equal<Awaited<ReturnType<typeof getFirst>>, KeyValue<string> | undefined>>();
const getFirst = () => first(op.get('k'));
// Every result is an unknown at least.
const general: Op<unknown> = op.put('k', 'v');
void general;
// @ts-expect-error and a put's is no record
const wrong: Op<KeyValue<string> | undefined> = op.put('k', 'v');
void wrong;

// A transaction is no promise.
// @ts-expect-error TS1058: nor is it a result of an async function
async () => etcd.txn().then(op.get('k'));
// @ts-expect-error TS1320: send it with commit()
await etcd.txn();
// @ts-expect-error
await etcd.txn().then(op.get('k'));
// @ts-expect-error
await etcd.txn().if(compare('k').exists()).then(op.get('k')).else(op.get('k'));
