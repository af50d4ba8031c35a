import { outsideOperation } from '../diagnostics/operation.js';
import {
  abortedError,
  describeKey,
  EtcdError,
  InvalidArgumentError,
  type Outcome,
  type TimeoutError,
  timedOut,
  withDetails,
} from '../errors/index.js';
import { toHex } from '../internal/bytes.js';
import { Contention } from '../internal/contention.js';
import { Deadline } from '../internal/deadline.js';
import { delay } from '../internal/delay.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { type PutResult, range } from '../kv/index.js';
import { codecs, decodeKey, decodeValue, encodeValue } from '../model/codec/index.js';
import type { Header } from '../model/header.js';
import type { KeyValue } from '../model/key-value.js';
import { type Key, singleKey } from '../model/keys/index.js';
import type { LeaseRef } from '../model/lease-ref.js';
import type { Space } from '../model/space.js';
import { kv } from '../rpc/services.js';
import type { CallOptions } from '../transport/transport.js';
import { type AnyOp, compareFactory, Ops, Txn } from '../txn/index.js';

import type { ViewContext } from './context.js';

/** The options of `create`. */
export interface CreateOptions extends CallOptions {
  /** Attaches the key to this lease: a handle or an id. */
  readonly lease?: LeaseRef | undefined;
}

/** The options of `update`. */
export interface UpdateOptions extends CallOptions {
  /** Attaches the key to this lease. Default: the key keeps the lease it has. */
  readonly lease?: LeaseRef | undefined;
}

/** Type of `KEEP`. No unique symbol: the compiler widens those in what an async function returns. */
export type Keep = symbol & {
  /** The name of the symbol. */
  readonly description: 'etcd-kit.keep';
};

/** Type of `DELETE`. */
export type Delete = symbol & {
  /** The name of the symbol. */
  readonly description: 'etcd-kit.delete';
};

/**
 * Leaves the value as it is: returned by the function of an `update`, which then writes nothing.
 * Registered, so that both builds of the package share it.
 */
export const KEEP = Symbol.for('etcd-kit.keep') as Keep;

/** Deletes the key: returned by the function of an `update`. */
export const DELETE = Symbol.for('etcd-kit.delete') as Delete;

/** The new value of a key, or what becomes of it. */
export type Updated<In> = In | Keep | Delete;

/** Makes the new value from the present one, which is `undefined` when the key is missing. */
export type Updater<Out, In> = (
  current: Out | undefined,
  kv: KeyValue<Out> | undefined,
) => Updated<In> | Promise<Updated<In>>;

/** The answer to an update. */
export interface UpdateResult<Value = string> extends PutResult<Value> {
  /** The value that stands after the update; `undefined` when the key does not exist. */
  readonly value: Value | undefined;
}

/** The parts of an update. */
export interface UpdateRequest<Out, In> {
  readonly space: Space<Out, In>;
  readonly key: Key;
  readonly updater: Updater<Out, In>;
  readonly options: UpdateOptions;
}

/** The value as it was read, and the revision of the store then. */
interface Current<Out> {
  readonly kv: KeyValue<Out> | undefined;
  readonly header: Header;
}

/** The result of a round: a result, or a conflict, with the present value where that was asked for. */
type Round<Out> =
  | { readonly result: UpdateResult<Out> }
  | { readonly result: undefined; readonly present: Current<Out> | undefined };

/** The stage an update is in, as its timeout tells it. */
type Stage = 'queued' | 'reading' | 'computing' | 'writing' | 'pausing';

/**
 * One update: read, compute, compare and swap, and again until nobody came between.
 *
 * Updates of one key by one client take turns, since they would only make each other fail. A value that was
 * read before a pause is often old after it. So the pause after a conflict comes before the next read. Without
 * a pause, the failed comparison reads the value in the same request. Only a conflict makes another round. A
 * write with an unknown outcome rejects: it may have been applied, and another round would apply the function
 * twice.
 */
export class Update<Out, In> {
  readonly #context: ViewContext;
  readonly #request: UpdateRequest<Out, In>;
  readonly #stored: Uint8Array;
  readonly #timeoutMs: number;
  readonly #deadline: Deadline;
  readonly #contention: Contention;
  #stage: Stage = 'queued';

  /** @throws InvalidArgumentError for a key that cannot be sent */
  constructor(context: ViewContext, request: UpdateRequest<Out, In>) {
    this.#context = context;
    this.#request = request;
    this.#stored = request.space.keyspace.encodeKey(request.key);
    this.#timeoutMs = request.options.timeoutMs ?? context.timeoutMs;
    this.#deadline = Deadline.in(context.clock, this.#timeoutMs);
    this.#contention = new Contention(context.clock, this.#timeoutMs);
  }

  async run(): Promise<UpdateResult<Out>> {
    const { clock, updates } = this.#context;
    const { signal } = this.#request.options;
    using limits = new LinkedSignal({
      signals: [signal],
      abortReason: (reason) =>
        abortedError(reason, { method: kv.txn.name, outcome: this.#outcome }),
      timeout: { clock, ms: this.#timeoutMs, reason: () => this.#timedOut() },
    });
    return await updates.run(toHex(this.#stored), limits.signal, () => this.#rounds(limits.signal));
  }

  async #rounds(limits: AbortSignal): Promise<UpdateResult<Out>> {
    const { clock } = this.#context;
    let current = await this.#read(limits);
    for (;;) {
      const begunAt = clock.now();
      const round = await this.#round(current, limits);
      if (round.result !== undefined) return round.result;
      this.#contention.lost();
      current = round.present ?? (await this.#readLater(clock.now() - begunAt, limits));
    }
  }

  async #round(current: Current<Out>, limits: AbortSignal): Promise<Round<Out>> {
    limits.throwIfAborted();
    this.#stage = 'computing';
    const next = await this.#compute(current.kv, limits);
    this.#stage = 'writing';
    return this.#write(current, next);
  }

  async #readLater(roundMs: number, limits: AbortSignal): Promise<Current<Out>> {
    this.#stage = 'pausing';
    await delay(this.#context.clock, this.#contention.pauseMs(roundMs), limits);
    return this.#read(limits);
  }

  async #read(limits: AbortSignal): Promise<Current<Out>> {
    limits.throwIfAborted();
    this.#stage = 'reading';
    const { space } = this.#request;
    const spec = { range: singleKey(this.#stored) };
    const call = this.#callOptions();
    try {
      const { kvs, header } = await range(this.#context.transport, space, spec, call);
      return { kv: kvs[0], header };
    } catch (error) {
      throw this.#nothingWritten(error);
    }
  }

  async #compute(current: KeyValue<Out> | undefined, limits: AbortSignal): Promise<Updated<In>> {
    const { updater } = this.#request;
    const next = outsideOperation(() => updater(current?.value, current));
    return unlessAborted(Promise.resolve(next), limits);
  }

  async #write({ kv: current, header }: Current<Out>, next: Updated<In>): Promise<Round<Out>> {
    if (next === KEEP || (next === DELETE && current === undefined)) {
      return { result: { header, prev: undefined, value: current?.value } };
    }
    const { op, value } = this.#change(current, next);
    const { space, key } = this.#request;
    const { transport } = this.#context;
    const compare = compareFactory(space)(key).modRevision('==', current?.modRevision ?? 0n);
    // Read only where it is used: a value can be large.
    const elseOps = this.#contention.triesAgainAtOnce ? [new Ops(space).get(key)] : [];
    const txn = new Txn({ transport, compares: [compare], thenOps: [op], elseOps });
    const written = await txn.commit(this.#callOptions());
    if (written.succeeded) return { result: { header: written.header, prev: undefined, value } };
    if (elseOps.length === 0) return { result: undefined, present: undefined };
    return { result: undefined, present: { kv: written.results[0], header: written.header } };
  }

  /**
   * Makes the operation, and the value as it will be read. A value that cannot be read back is refused
   * here, before it is stored.
   */
  #change(
    current: KeyValue<Out> | undefined,
    next: Updated<In>,
  ): { readonly op: AnyOp; readonly value: Out | undefined } {
    const { space, key, options } = this.#request;
    const bytesOps = new Ops({ keyspace: space.keyspace, codec: codecs.bytes });
    if (next === DELETE) return { op: bytesOps.delete(key), value: undefined };
    const bytes = this.#encode(next as In);
    const keyBytes = space.keyspace.strip(this.#stored);
    const record = {
      keyBytes,
      get key() {
        return decodeKey(keyBytes);
      },
    };
    const { lease } = options;
    const kept = lease === undefined && current !== undefined && current.lease !== 0n;
    return {
      op: bytesOps.put(key, bytes, kept ? { ignoreLease: true } : { lease }),
      value: decodeValue(space.codec, bytes, record),
    };
  }

  #encode(next: In): Uint8Array {
    const { space, key } = this.#request;
    try {
      return encodeValue(space.codec, next, key);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError) || error.argument !== 'value') throw error;
      throw new InvalidArgumentError(
        `${error.message}; the updater returned it: KEEP leaves the value as it is, DELETE deletes the key`,
        { argument: error.argument, cause: error.cause },
      );
    }
  }

  /** The options of the next call, whose deadline is what is left. */
  #callOptions(): CallOptions {
    const { signal, metadata } = this.#request.options;
    return { signal, metadata, timeoutMs: this.#deadline.timeoutMs(() => this.#timedOut()) };
  }

  /** The outcome of the last write, as long as none is under way. */
  get #outcome(): Outcome {
    return this.#contention.conflicts === 0 ? 'not-sent' : 'not-applied';
  }

  /** The error of a call that is not a write: nothing can have been applied. */
  #nothingWritten(error: unknown): unknown {
    if (!(error instanceof EtcdError) || error.outcome !== 'unknown') return error;
    return withDetails(error, { outcome: this.#outcome });
  }

  #timedOut(): TimeoutError {
    const key = describeKey(this.#request.key);
    return timedOut(`update of ${key}`, this.#timeoutMs, {
      reason: this.#reason(),
      method: kv.txn.name,
      outcome: this.#outcome,
      retryable: true,
    });
  }

  #reason(): string {
    switch (this.#stage) {
      case 'queued':
        return 'earlier updates of this key by this client have not ended';
      case 'computing':
        return 'the function has not returned a value';
      case 'reading':
      case 'writing':
      case 'pausing':
        return this.#contention.conflicts === 0
          ? 'the time was over before the value could be written'
          : `others changed the key in each of ${this.#contention.conflicts} rounds`;
    }
  }
}
