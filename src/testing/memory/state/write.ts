import { EMPTY_BYTES } from '../../../internal/bytes.js';
import type {
  DeleteRangeRequest,
  DeleteRangeResponseInput,
  PutRequest,
  PutResponseInput,
} from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Series } from '../series.js';
import { keyBounds } from '../store/binary-key.js';
import type { MvccStore, StoreView, StoreWrite } from '../store/mvcc-store.js';
import type { Lessor } from './lessor.js';

/** Things that the checks of a write look at beside the store. */
export interface WriteContext {
  readonly lessor: Lessor;
  readonly series: Series;
}

const NO_LEASE = 0n;

/** Carries out a put of its own. */
export function executePut(
  store: MvccStore,
  request: PutRequest,
  context: WriteContext,
): PutResponseInput {
  checkLease(request, context);
  checkPrevious(store, request);
  return store.write((write) => putKey(write, request));
}

/** Carries out a delete of its own. */
export function executeDelete(
  store: MvccStore,
  request: DeleteRangeRequest,
): DeleteRangeResponseInput {
  return store.write((write) => deleteKeys(write, request));
}

/**
 * Looks at what a put in a transaction needs: its lease, and the key it is to keep something of.
 *
 * @throws the refusal that a server of this version gives first
 */
export function checkPut(store: StoreView, request: PutRequest, context: WriteContext): void {
  const leaseFirst = context.series.isAtLeast('3.7');
  if (leaseFirst) checkLease(request, context);
  checkPrevious(store, request);
  if (!leaseFirst) checkLease(request, context);
}

function checkLease({ lease }: PutRequest, { lessor }: WriteContext): void {
  if (lease !== NO_LEASE && lessor.get(lease) === undefined) throw refusals.leaseNotFound();
}

function checkPrevious(store: StoreView, { key, ignoreValue, ignoreLease }: PutRequest): void {
  if (!ignoreValue && !ignoreLease) return;
  if (store.range(keyBounds(key, EMPTY_BYTES), 0n).length === 0) throw refusals.keyNotFound();
}

/** Puts the key of a request that was checked. */
export function putKey(write: StoreWrite, request: PutRequest): PutResponseInput {
  const { key, ignoreValue, ignoreLease, prevKv } = request;
  const [previous] = ignoreValue || ignoreLease ? write.range(keyBounds(key, EMPTY_BYTES), 0n) : [];
  const value = ignoreValue ? (previous?.value ?? EMPTY_BYTES) : request.value;
  const lease = ignoreLease ? (previous?.lease ?? NO_LEASE) : request.lease;
  const before = write.put(key, value, lease);
  return { header: { revision: write.revision }, prevKv: prevKv ? before : undefined };
}

/** Deletes the keys of a request. */
export function deleteKeys(
  write: StoreWrite,
  { key, rangeEnd, prevKv }: DeleteRangeRequest,
): DeleteRangeResponseInput {
  const gone = write.delete(keyBounds(key, rangeEnd));
  return {
    header: { revision: write.revision },
    deleted: BigInt(gone.length),
    prevKvs: prevKv ? gone : [],
  };
}
