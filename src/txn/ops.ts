import { checkKnownOptions } from '../errors/index.js';
import { printable } from '../internal/printable.js';
import {
  DELETE_HINTS,
  DELETE_OP_NAMES,
  type DeleteOpOptions,
  type DeleteResult,
  deletableRange,
  deleteRequest,
  GET_HINTS,
  GET_OP_NAMES,
  type GetOpOptions,
  getFields,
  getRequest,
  isSelected,
  PUT_HINTS,
  PUT_OP_NAMES,
  type PutOpOptions,
  type PutResult,
  putRequest,
  type RangeResult,
  rangeRequest,
  readDelete,
  readGet,
  readPut,
  readRange,
  type Selected,
  selectionState,
} from '../kv/index.js';
import type { Header } from '../model/header.js';
import type { KeyValue } from '../model/key-value.js';
import type { Key, KeyRange } from '../model/keys/index.js';
import { type Space, showSpace } from '../model/space.js';
import type { RangeRequestInput, RangeResponse } from '../rpc/generated/types.js';
import { type AnyOp, Op, wrongAnswer } from './op.js';
import { nested, type Txn, type TxnResult } from './txn.js';

/**
 * Makes the operations of a transaction, in the namespace and with the codec of its view.
 *
 * Every method throws `InvalidArgumentError` for what cannot be sent.
 *
 * @example
 * const { op } = etcd;
 * etcd.txn().then(op.put('a', '1'), op.get('b'), op.delete(etcd.prefix('old/')));
 */
export class Ops<out Out, in In = Out> {
  static {
    printable(Ops, 'Ops', (ops) => showSpace(ops.#space));
  }

  readonly #space: Space<Out, In>;

  constructor(space: Space<Out, In>) {
    this.#space = space;
    this.get = this.get.bind(this);
    this.put = this.put.bind(this);
    this.delete = this.delete.bind(this);
    Object.freeze(this);
  }

  /** Reads a key: a record, or `undefined`. */
  get(key: Key, options?: GetOpOptions): Op<KeyValue<Out> | undefined>;
  /** Reads a selection, with its limit, order, revision and filters; what the options say comes first. */
  get<Value>(selection: Selected<Value, never>, options?: GetOpOptions): Op<RangeResult<Value>>;
  /** Reads what it is given. */
  get<Value>(
    target: Key | Selected<Value, never>,
    options?: GetOpOptions,
  ): Op<KeyValue<Out> | RangeResult<Value> | undefined>;
  get<Value>(
    target: Key | Selected<Value, never>,
    options?: GetOpOptions,
  ): Op<KeyValue<Out> | RangeResult<Value> | undefined> {
    checkKnownOptions('options', options, GET_OP_NAMES, GET_HINTS);
    if (isSelected(target)) {
      const { spec, space } = selectionState(target as Selected<Value, never>);
      const request = rangeRequest({ ...spec, ...getFields(options) });
      return rangeOp(request, (response, outer) => readRange(space, response, outer));
    }
    const space = this.#space;
    return rangeOp(getRequest(space, target as Key, options), (response) =>
      readGet(space, response),
    );
  }

  /** Stores a value under a key. */
  put(key: Key, value: In, options?: PutOpOptions): Op<PutResult<Out>> {
    checkKnownOptions('options', options, PUT_OP_NAMES, PUT_HINTS);
    const space = this.#space;
    return new Op({
      request: { requestPut: putRequest(space, key, value, options) },
      readOnly: false,
      read({ responsePut }, outer) {
        if (responsePut === undefined) throw wrongAnswer('put');
        return readPut(space, responsePut, outer);
      },
    });
  }

  /** Deletes a key. */
  delete(key: Key, options?: DeleteOpOptions): Op<DeleteResult<Out>>;
  /** Deletes every key of a selection. */
  delete<Value>(
    selection: Selected<Value, never>,
    options?: DeleteOpOptions,
  ): Op<DeleteResult<Value>>;
  /** Deletes what it is given. */
  delete<Value>(
    target: Key | Selected<Value, never>,
    options?: DeleteOpOptions,
  ): Op<DeleteResult<Out> | DeleteResult<Value>>;
  delete<Value>(
    target: Key | Selected<Value, never>,
    options?: DeleteOpOptions,
  ): Op<DeleteResult<Out> | DeleteResult<Value>> {
    checkKnownOptions('options', options, DELETE_OP_NAMES, DELETE_HINTS);
    if (isSelected(target)) {
      const { spec, space } = selectionState(target as Selected<Value, never>);
      return deleteOp(space, deletableRange(spec, space.keyspace, 'delete'), options);
    }
    const { keyspace } = this.#space;
    return deleteOp(this.#space, keyspace.single(target as Key), options);
  }

  /** A transaction inside the transaction, to any depth. */
  txn<Then extends readonly AnyOp[], Else extends readonly AnyOp[]>(
    txn: Txn<Then, Else>,
  ): Op<TxnResult<Then, Else>> {
    return nested(txn);
  }
}

function rangeOp<Result>(
  request: RangeRequestInput,
  read: (response: RangeResponse, outer: Header) => Result,
): Op<Result> {
  return new Op({
    request: { requestRange: request },
    readOnly: true,
    read({ responseRange }, outer) {
      if (responseRange === undefined) throw wrongAnswer('get');
      return read(responseRange, outer);
    },
  });
}

function deleteOp<Value>(
  space: Space<Value, never>,
  range: KeyRange,
  options: DeleteOpOptions | undefined,
): Op<DeleteResult<Value>> {
  return new Op({
    request: { requestDeleteRange: deleteRequest(range, options) },
    readOnly: false,
    read({ responseDeleteRange }, outer) {
      if (responseDeleteRange === undefined) throw wrongAnswer('delete');
      return readDelete(space, responseDeleteRange, outer);
    },
  });
}
