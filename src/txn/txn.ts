import { EtcdError, invalidArgument } from '../errors/index.js';
import { printable } from '../internal/printable.js';
import { type WriteOptions, writeCallOptions } from '../model/call-options.js';
import { type Header, toHeader } from '../model/header.js';
import type { RequestOpInput, TxnRequestInput, TxnResponse } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport } from '../transport/transport.js';
import { refuseCollisions } from './collisions.js';
import { type Compare, compareRequest } from './compare.js';
import { type AnyOp, checkOps, OP, Op, type OpResults, wrongAnswer } from './op.js';

/**
 * The result of a transaction: `succeeded` tells which branch ran, and with it what `results` holds, an
 * item for each operation of that branch.
 */
export type TxnResult<Then extends readonly AnyOp[], Else extends readonly AnyOp[]> =
  | {
      /** All conditions held, and `then` was done. */
      readonly succeeded: true;
      /** The header of the answer. */
      readonly header: Header;
      /** The results of `then`, one for each operation. */
      readonly results: OpResults<Then>;
    }
  | {
      /** A condition did not hold, and `else` was done. */
      readonly succeeded: false;
      /** The header of the answer. */
      readonly header: Header;
      /** The results of `else`, one for each operation. */
      readonly results: OpResults<Else>;
    };

/** The property that holds the state of a transaction. Registered, so that both builds of the package share it. */
const TXN: unique symbol = Symbol.for('etcd-kit.txn') as never;

/** Everything a transaction was told. */
interface TxnState<Then extends readonly AnyOp[], Else extends readonly AnyOp[]> {
  readonly transport: Transport;
  readonly compares: readonly Compare[];
  readonly thenOps: Then;
  readonly elseOps: Else;
}

/**
 * If, Then, Else: the conditions are checked and one of the branches is done, all in one step of the
 * store. Nothing happens before `commit()`.
 *
 * A transaction is an immutable value: `if`, `then` and `else` answer a new one, may come in any order,
 * and append when they are repeated. Without a condition it always succeeds.
 *
 * It is no promise: `await` on it is an error of the compiler, and a rejection at run time.
 *
 * @example
 * const result = await etcd
 *   .txn()
 *   .if(compare('my_key').value('==', '10'))
 *   .then(op.put('my_key', '20'))
 *   .else(op.get('my_key'))
 *   .commit();
 */
export class Txn<Then extends readonly AnyOp[] = [], Else extends readonly AnyOp[] = []> {
  /** @internal */
  readonly [TXN]: TxnState<Then, Else>;

  constructor(state: TxnState<Then, Else>) {
    this[TXN] = Object.freeze(state);
    Object.freeze(this);
  }

  /** Adds conditions: all of them must hold. */
  if(...compares: readonly Compare[]): Txn<Then, Else> {
    for (const [index, compare] of compares.entries()) compareRequest(compare, index);
    return new Txn({ ...this[TXN], compares: [...this[TXN].compares, ...compares] });
  }

  /** Adds operations for when the conditions hold. */
  // biome-ignore lint/suspicious/noThenProperty: the name is etcd's; awaiting is caught in refuseAwait.
  then<const Ops extends readonly AnyOp[]>(...ops: Ops): Txn<[...Then, ...Ops], Else> {
    if (refuseAwait(ops)) return this as never;
    checkOps('then', ops);
    return new Txn({ ...this[TXN], thenOps: [...this[TXN].thenOps, ...ops] });
  }

  /** Adds operations for when a condition does not hold. */
  else<const Ops extends readonly AnyOp[]>(...ops: Ops): Txn<Then, [...Else, ...Ops]> {
    checkOps('else', ops);
    return new Txn({ ...this[TXN], elseOps: [...this[TXN].elseOps, ...ops] });
  }

  /**
   * Sends it. A transaction that only reads is repeated as a read is; one that writes is a write.
   *
   * @throws EtcdError `DUPLICATE_KEY` when a branch puts a key twice, or puts and deletes it, nested
   *   transactions included; `TOO_MANY_OPERATIONS` past the server's limit (128 by default). Nothing is
   *   applied then
   */
  async commit(options?: WriteOptions): Promise<TxnResult<Then, Else>> {
    const call = writeCallOptions(options);
    const { transport } = this[TXN];
    const request = requestOf(this[TXN]);
    refuseCollisions(request);
    const response = await transport.unary(kv.txn, request, {
      ...call,
      readOnly: isReadOnly(this[TXN]),
    });
    return readTxn(this[TXN], response);
  }
}

/** Makes an operation of a transaction. Throws `InvalidArgumentError` for what is none. */
export function nested<Then extends readonly AnyOp[], Else extends readonly AnyOp[]>(
  txn: Txn<Then, Else>,
): Op<TxnResult<Then, Else>> {
  if (typeof txn !== 'object' || txn === null || !(TXN in txn)) {
    throw invalidArgument('txn', txn, 'a transaction, such as etcd.txn().then(...)');
  }
  const state = txn[TXN];
  return new Op({
    request: { requestTxn: requestOf(state) },
    readOnly: isReadOnly(state),
    read({ responseTxn }, outer) {
      if (responseTxn === undefined) throw wrongAnswer('transaction');
      return readTxn(state, responseTxn, outer);
    },
  });
}

type AnyState = TxnState<readonly AnyOp[], readonly AnyOp[]>;

function requestOf({ compares, thenOps, elseOps }: AnyState): TxnRequestInput {
  return {
    compare: compares.map(compareRequest),
    success: thenOps.map(requestOfOp),
    failure: elseOps.map(requestOfOp),
  };
}

function requestOfOp(op: AnyOp): RequestOpInput {
  return op[OP].request;
}

function isReadOnly({ thenOps, elseOps }: AnyState): boolean {
  return [...thenOps, ...elseOps].every((op) => op[OP].readOnly);
}

function readTxn<Then extends readonly AnyOp[], Else extends readonly AnyOp[]>(
  { thenOps, elseOps }: TxnState<Then, Else>,
  { header: raw, succeeded, responses }: TxnResponse,
  outer?: Header,
): TxnResult<Then, Else> {
  const header = toHeader(raw, outer);
  const ops = succeeded ? thenOps : elseOps;
  if (responses.length !== ops.length) throw wrongAnswer('transaction');
  const results = responses.map((response, index) => ops[index]?.[OP].read(response, header));
  return { succeeded, header, results } as unknown as TxnResult<Then, Else>;
}

/**
 * `await` calls `then` with two functions. It must not be left waiting for ever, so it is told what is
 * wrong.
 */
function refuseAwait(args: readonly unknown[]): boolean {
  const [resolve, reject] = args;
  if (typeof resolve !== 'function') return false;
  const error = new EtcdError('a transaction is not a promise: send it with commit()', {
    code: 'NOT_COMMITTED',
    method: 'KV.Txn',
    outcome: 'not-sent',
  });
  if (typeof reject !== 'function') throw error;
  reject(error);
  return true;
}

printable(Txn, 'Txn', (txn) => {
  const { compares, thenOps, elseOps } = txn[TXN];
  // biome-ignore lint/suspicious/noThenProperty: it is shown, and nobody awaits it.
  return { if: compares, then: thenOps, else: elseOps };
});
