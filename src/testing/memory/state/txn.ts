import type {
  RequestOp,
  ResponseOpInput,
  TxnRequest,
  TxnResponseInput,
} from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { MvccStore, StoreView, StoreWrite } from '../store/mvcc-store.js';
import { holds } from './compare.js';
import { executeRange } from './range.js';
import { checkPut, deleteKeys, putKey, type WriteContext } from './write.js';

/** A transaction with its comparisons decided: nested ones are decided before anything is written. */
interface Decided {
  readonly succeeded: boolean;
  readonly ops: readonly DecidedOp[];
}

interface DecidedOp {
  readonly op: RequestOp;
  /** The decision of a nested transaction. */
  readonly nested: Decided | undefined;
}

/** Returns whether a transaction has reads alone, so that it makes no revision. */
export function isReadOnly({ success, failure }: TxnRequest): boolean {
  return [...success, ...failure].every(({ requestRange }) => requestRange !== undefined);
}

/** Returns whether a member may answer a transaction alone. */
export function isSerializable({ success, failure }: TxnRequest): boolean {
  return [...success, ...failure].every(({ requestRange }) => requestRange?.serializable === true);
}

/**
 * Carries out a transaction: the comparisons of all levels, then the checks, then the operations.
 *
 * @throws the refusal of an operation; nothing is written then
 */
export function executeTxn(
  store: MvccStore,
  request: TxnRequest,
  context: WriteContext,
): TxnResponseInput {
  const decided = decide(store, request);
  checkAll(store, decided, context);
  return store.write((write) => {
    const responses = decided.ops.map((op) => execute(write, op, context));
    return {
      header: { revision: write.revision },
      succeeded: decided.succeeded,
      responses,
    };
  });
}

function decide(store: StoreView, request: TxnRequest): Decided {
  const succeeded = request.compare.every((compare) => holds(store, compare));
  const ops = succeeded ? request.success : request.failure;
  return {
    succeeded,
    ops: ops.map((op) => ({
      op,
      nested: op.requestTxn === undefined ? undefined : decide(store, op.requestTxn),
    })),
  };
}

/** Up to 3.5 the refusals of puts come before those of reads; later the first in order wins. */
function checkAll(store: StoreView, decided: Decided, context: WriteContext): void {
  if (context.series.isAtLeast('3.6')) {
    checkOps(store, decided, context, () => true);
    return;
  }
  checkOps(store, decided, context, ({ requestPut }) => requestPut !== undefined);
  checkOps(store, decided, context, ({ requestRange }) => requestRange !== undefined);
}

function checkOps(
  store: StoreView,
  { ops }: Decided,
  context: WriteContext,
  applies: (op: RequestOp) => boolean,
): void {
  for (const { op, nested } of ops) {
    if (nested !== undefined) checkOps(store, nested, context, applies);
    else if (applies(op)) checkOp(store, op, context);
  }
}

function checkOp(store: StoreView, op: RequestOp, context: WriteContext): void {
  if (op.requestPut !== undefined) checkPut(store, op.requestPut, context);
  if (op.requestRange === undefined) return;
  const { revision } = op.requestRange;
  if (revision === 0n) return;
  if (revision > store.revision) throw refusals.futureRevision();
  // Unlike a read of its own, one in a transaction takes a revision below 0 for an old one.
  if (revision < store.compactRevision) throw refusals.compacted();
}

function execute(
  write: StoreWrite,
  { op, nested }: DecidedOp,
  context: WriteContext,
): ResponseOpInput {
  if (op.requestRange !== undefined) {
    return { responseRange: executeRange(write, op.requestRange, context.series) };
  }
  if (op.requestPut !== undefined) {
    return { responsePut: putKey(write, op.requestPut) };
  }
  if (op.requestDeleteRange !== undefined) {
    return { responseDeleteRange: deleteKeys(write, op.requestDeleteRange) };
  }
  if (nested === undefined) return {};
  return {
    responseTxn: {
      header: {},
      succeeded: nested.succeeded,
      responses: nested.ops.map((inner) => execute(write, inner, context)),
    },
  };
}
