import fc from 'fast-check';
import type {
  CompareInput,
  DeleteRangeRequestInput,
  PutRequestInput,
  RangeRequestInput,
  RequestOpInput,
  TxnRequestInput,
  WatchCreateRequestInput,
} from '../../../src/rpc/generated/types.js';
import { type AuthCall, authCall } from './auth-calls.js';
import { bytes, key, rangeEnd } from './keys.js';

/** A revision relative to the latest one, so that histories of any length are met. */
type Offset = bigint;

/** One thing that is done to two servers. Revisions in it are offsets; they are made absolute when it is done. */
export type Operation =
  | { readonly kind: 'put'; readonly request: PutRequestInput }
  | { readonly kind: 'delete'; readonly request: DeleteRangeRequestInput }
  | { readonly kind: 'range'; readonly request: RangeRequestInput; readonly at: Offset | undefined }
  | { readonly kind: 'rangeStream'; readonly request: RangeRequestInput }
  | { readonly kind: 'txn'; readonly request: TxnRequestInput; readonly at: Offset | undefined }
  | { readonly kind: 'compact'; readonly at: Offset }
  | { readonly kind: 'grant'; readonly id: bigint; readonly ttl: bigint }
  | { readonly kind: 'revoke'; readonly id: bigint }
  | { readonly kind: 'timeToLive'; readonly id: bigint; readonly keys: boolean }
  | { readonly kind: 'leases' }
  | { readonly kind: 'keepAlive'; readonly id: bigint }
  | { readonly kind: 'watch'; readonly request: WatchCreateRequestInput; readonly at: Offset }
  | { readonly kind: 'auth'; readonly call: AuthCall }
  | { readonly kind: 'hashKv' };

const value = fc.oneof(
  fc.constantFrom('', '1', '2', '3').map(bytes),
  fc.uint8Array({ maxLength: 12 }),
);
const LEASES = [7n, 8n, 9n, 4611686018427387904n];
const leaseId = fc.constantFrom(...LEASES);
const lease = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0n) },
  { weight: 2, arbitrary: leaseId },
);
const seldom = fc.integer({ min: 0, max: 5 }).map((die) => die === 0);
const small = fc.bigInt({ min: -2n, max: 12n });
/** Around the latest revision; far behind it; and none at all. */
const offset = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt({ min: -12n, max: 2n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -300n, max: 5n }) },
);
const maybeOffset = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: offset },
);

const put: fc.Arbitrary<PutRequestInput> = fc
  .record({ key, value, lease, prevKv: fc.boolean(), ignoreValue: seldom, ignoreLease: seldom })
  .map((request) => ({
    ...request,
    // Mostly as it has to be, so that such puts are not always refused.
    value: request.ignoreValue && request.prevKv ? new Uint8Array() : request.value,
    lease: request.ignoreLease && request.prevKv ? 0n : request.lease,
  }));
const deletion: fc.Arbitrary<DeleteRangeRequestInput> = fc.record({
  key,
  rangeEnd,
  prevKv: fc.boolean(),
});
const filter = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 400n }) },
);
const range: fc.Arbitrary<RangeRequestInput> = fc.record({
  key,
  rangeEnd,
  limit: fc.oneof(fc.constant(0n), small),
  sortOrder: fc.constantFrom('NONE', 'ASCEND', 'DESCEND'),
  sortTarget: fc.constantFrom('KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'),
  serializable: seldom,
  keysOnly: seldom,
  countOnly: seldom,
  minModRevision: filter,
  maxModRevision: filter,
  minCreateRevision: filter,
  maxCreateRevision: filter,
});
/** A read at a revision of its own choice, in a transaction: negative ones are refused there. */
const rangeInTxn: fc.Arbitrary<RangeRequestInput> = fc
  .tuple(range, fc.constantFrom(0n, 0n, 0n, -1n, -3n))
  .map(([request, revision]) => ({ ...request, revision }));

const compare: fc.Arbitrary<CompareInput> = fc
  .record({
    key,
    rangeEnd: fc.oneof({ weight: 3, arbitrary: fc.constant(new Uint8Array()) }, rangeEnd),
    result: fc.constantFrom('EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'),
    number: small,
    text: value,
    target: fc.constantFrom('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'),
    matches: fc.integer({ min: 0, max: 9 }).map((die) => die > 0),
  })
  .map(({ number, text, target, matches, ...common }): CompareInput => {
    // A comparison whose value is of another kind compares with nothing.
    if (!matches) return { ...common, target: 'VALUE', lease: number };
    switch (target) {
      case 'VERSION':
        return { ...common, target, version: number };
      case 'CREATE':
        return { ...common, target, createRevision: number };
      case 'MOD':
        return { ...common, target, modRevision: number };
      case 'LEASE':
        return { ...common, target, lease: number };
      default:
        return { ...common, target: 'VALUE', value: text };
    }
  });

const { txn } = fc.letrec<{ txn: TxnRequestInput; op: RequestOpInput }>((tie) => ({
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 3 }),
    success: fc.array(tie('op'), { maxLength: 4, depthIdentifier: 'txn' }),
    failure: fc.array(tie('op'), { maxLength: 3, depthIdentifier: 'txn' }),
  }),
  op: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'txn' },
    { weight: 4, arbitrary: put.map((requestPut): RequestOpInput => ({ requestPut })) },
    { weight: 3, arbitrary: rangeInTxn.map((requestRange): RequestOpInput => ({ requestRange })) },
    {
      weight: 2,
      arbitrary: deletion.map((requestDeleteRange): RequestOpInput => ({ requestDeleteRange })),
    },
    { weight: 1, arbitrary: tie('txn').map((requestTxn): RequestOpInput => ({ requestTxn })) },
  ),
}));
/** More operations than a server takes, or just as many. */
const largeTxn: fc.Arbitrary<TxnRequestInput> = fc.integer({ min: 127, max: 130 }).map((count) => ({
  success: Array.from({ length: count }, (_, index) =>
    index === 0
      ? { requestPut: { key: bytes('a'), value: bytes('x') } }
      : { requestRange: { key: bytes('a') } },
  ),
}));

const watch: fc.Arbitrary<WatchCreateRequestInput> = fc.record({
  key,
  rangeEnd,
  prevKv: fc.boolean(),
  fragment: fc.boolean(),
  filters: fc.subarray(['NOPUT', 'NODELETE'] as const),
});

/** Lives too long to run out while servers are compared, or is refused. */
const ttl = fc.constantFrom(100_000n, 9_000_000_000n, 9_000_000_001n);

/** Anything that can be done to a server without authentication. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 30, arbitrary: put.map((request): Operation => ({ kind: 'put', request })) },
  { weight: 10, arbitrary: deletion.map((request): Operation => ({ kind: 'delete', request })) },
  {
    weight: 25,
    arbitrary: fc
      .tuple(range, maybeOffset)
      .map(([request, at]): Operation => ({ kind: 'range', request, at })),
  },
  { weight: 3, arbitrary: range.map((request): Operation => ({ kind: 'rangeStream', request })) },
  {
    weight: 30,
    arbitrary: fc
      .tuple(txn, maybeOffset)
      .map(([request, at]): Operation => ({ kind: 'txn', request, at })),
  },
  {
    weight: 1,
    arbitrary: largeTxn.map((request): Operation => ({ kind: 'txn', request, at: undefined })),
  },
  { weight: 3, arbitrary: offset.map((at): Operation => ({ kind: 'compact', at })) },
  {
    weight: 6,
    arbitrary: fc.tuple(leaseId, ttl).map(([id, ttl]): Operation => ({ kind: 'grant', id, ttl })),
  },
  { weight: 4, arbitrary: leaseId.map((id): Operation => ({ kind: 'revoke', id })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(leaseId, fc.boolean())
      .map(([id, keys]): Operation => ({ kind: 'timeToLive', id, keys })),
  },
  { weight: 1, arbitrary: fc.constant<Operation>({ kind: 'leases' }) },
  { weight: 2, arbitrary: leaseId.map((id): Operation => ({ kind: 'keepAlive', id })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(watch, offset)
      .map(([request, at]): Operation => ({ kind: 'watch', request, at })),
  },
  { weight: 12, arbitrary: authCall.map((call): Operation => ({ kind: 'auth', call })) },
  { weight: 2, arbitrary: fc.constant<Operation>({ kind: 'hashKv' }) },
);
