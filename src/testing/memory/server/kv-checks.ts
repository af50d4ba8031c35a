import type {
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Series } from '../series.js';
import { binaryKey, isWithin, type KeyBounds, pointBounds } from '../store/binary-key.js';

/** The checks of requests that look at nothing but the request. Each throws the refusal of the server. */

export function checkRange({ key, sortOrder, sortTarget }: RangeRequest, series: Series): void {
  if (key.length === 0) throw refusals.keyRequired();
  const unknown = sortOrder === 'UNRECOGNIZED' || sortTarget === 'UNRECOGNIZED';
  if (unknown && series.isAtLeast('3.6')) throw refusals.invalidSortOption();
}

export function checkPut({ key, value, lease, ignoreValue, ignoreLease }: PutRequest): void {
  if (key.length === 0) throw refusals.keyRequired();
  if (ignoreValue && value.length > 0) throw refusals.valueProvided();
  if (ignoreLease && lease !== 0n) throw refusals.leaseProvided();
}

export function checkDelete({ key }: DeleteRangeRequest): void {
  if (key.length === 0) throw refusals.keyRequired();
}

/** Checks a transaction: its size, its parts, and that no branch writes a key twice. */
export function checkTxn(request: TxnRequest, maxTxnOps: number, series: Series): void {
  checkParts(request, maxTxnOps, series);
  checkCollisions(request.success);
  checkCollisions(request.failure);
}

function checkParts(request: TxnRequest, maxTxnOps: number, series: Series): void {
  const { compare, success, failure } = request;
  const count = Math.max(compare.length, success.length, failure.length);
  if (count > maxTxnOps) throw refusals.tooManyOperations();
  if (compare.some(({ key }) => key.length === 0)) throw refusals.keyRequired();
  for (const op of [...success, ...failure]) checkOp(op, maxTxnOps - count, series);
}

function checkOp(op: RequestOp, maxTxnOps: number, series: Series): void {
  if (op.requestRange !== undefined) checkRange(op.requestRange, series);
  else if (op.requestPut !== undefined) checkPut(op.requestPut);
  else if (op.requestDeleteRange !== undefined) checkDelete(op.requestDeleteRange);
  else if (op.requestTxn !== undefined) checkParts(op.requestTxn, maxTxnOps, series);
  // An operation without a request.
  else throw refusals.keyNotFound();
}

/** The keys that the operations of one branch put, and the ranges that they delete. */
interface Written {
  readonly puts: Set<string>;
  readonly deletes: KeyBounds[];
}

/** Finds keys that are written twice; the two branches of a nested transaction do not collide. */
function checkCollisions(ops: readonly RequestOp[]): Written {
  const puts = new Set<string>();
  const deletes = ops.flatMap(({ requestDeleteRange }) =>
    requestDeleteRange === undefined ? [] : [deletedBounds(requestDeleteRange)],
  );
  const isDeleted = (key: string): boolean => deletes.some((bounds) => isWithin(key, bounds));
  for (const { requestTxn } of ops) {
    if (requestTxn === undefined) continue;
    const then = checkCollisions(requestTxn.success);
    const otherwise = checkCollisions(requestTxn.failure);
    for (const key of then.puts) add(puts, key, isDeleted);
    for (const key of otherwise.puts) {
      if (!then.puts.has(key) || isDeleted(key)) add(puts, key, isDeleted);
    }
    deletes.push(...then.deletes, ...otherwise.deletes);
  }
  for (const { requestPut } of ops) {
    if (requestPut !== undefined) add(puts, binaryKey(requestPut.key), isDeleted);
  }
  return { puts, deletes };
}

function add(puts: Set<string>, key: string, isDeleted: (key: string) => boolean): void {
  if (puts.has(key) || isDeleted(key)) throw refusals.duplicateKey();
  puts.add(key);
}

/** The bounds as the check of servers has them: it takes an open end for the key of one zero byte. */
function deletedBounds({ key, rangeEnd }: DeleteRangeRequest): KeyBounds {
  const from = binaryKey(key);
  if (rangeEnd.length === 0) return pointBounds(from);
  return { from, to: binaryKey(rangeEnd), single: false };
}
