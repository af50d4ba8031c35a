import { A_PROMISE, described, describeKind, EtcdError, invalidArgument } from '../errors/index.js';
import { printable } from '../internal/printable.js';
import type { Header } from '../model/header.js';
import type { RequestOpInput, ResponseOp } from '../rpc/generated/types.js';
import { showOp } from './show.js';

/** The property that holds the state of an operation. Registered, so that both builds of the package share it. */
export const OP: unique symbol = Symbol.for('etcd-kit.op') as never;

/** The parts of an operation. */
export interface OpState<Result> {
  readonly request: RequestOpInput;
  /** True if it changes nothing. */
  readonly readOnly: boolean;
  /** Reads its part of the answer; the outer header fills what the inner one leaves out. */
  read(response: ResponseOp, outer: Header): Result;
}

/**
 * One operation of a transaction, with the type of its result. It carries its own namespace and
 * codec, so operations of different views mix in one transaction.
 *
 * @typeParam Result what it yields at its place in `results`
 */
export class Op<out Result> {
  /** @internal */
  readonly [OP]: OpState<Result>;

  constructor(state: OpState<Result>) {
    this[OP] = Object.freeze(state);
    Object.freeze(this);
  }
}

/** Any operation. */
export type AnyOp = Op<unknown>;

/** The results of operations, each at the place of its operation. */
export type OpResults<Ops extends readonly AnyOp[]> = {
  readonly [Index in keyof Ops]: Ops[Index] extends Op<infer Result> ? Result : never;
};

/**
 * Checks that every argument is an operation.
 *
 * @throws InvalidArgumentError naming the one that is not
 */
export function checkOps(branch: 'then' | 'else', ops: readonly unknown[]): void {
  for (const [index, op] of ops.entries()) {
    if (typeof op === 'object' && op !== null && OP in op) continue;
    throw invalidArgument(
      `${branch}[${index}]`,
      describeKind(op) === A_PROMISE
        ? described('the promise of a call that was sent already')
        : op,
      'an operation: a call is sent at once, so write etcd.op.get(key) instead of etcd.get(key)',
    );
  }
}

/** The error for an answer whose parts are not of the kinds that were asked for. */
export function wrongAnswer(expected: string): EtcdError {
  return new EtcdError(`the server answered a ${expected} with something else`, {
    code: 'INTERNAL',
    method: 'KV.Txn',
  });
}

printable(Op, 'Op', (op) => showOp(op[OP].request));
