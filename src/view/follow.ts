import {
  addCallerStack,
  CompactedError,
  decodeErrorOf,
  type IterationSource,
  type OnDecodeError,
  readPatiently,
  TimeoutError,
  tellDecodeError,
} from '../errors/index.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { withJson } from '../internal/printable.js';
import { readPages } from '../kv/index.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import { type KeyRange, showRange } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import { type WatchEvent, type WatchTravelOptions, watchTimedOut } from '../watch/index.js';
import type { ViewContext } from './context.js';

/** All records at one revision: where following begins. */
export interface FollowSnapshot<Value = string> {
  /** The kind of the change. */
  readonly type: 'snapshot';
  /**
   * By key. Records whose keys are not UTF-8 cannot be in here, and are left out of the changes too. With
   * `onDecodeError: 'skip'` or a function, records whose values cannot be decoded are left out as well.
   */
  readonly entries: Map<string, KeyValue<Value>>;
  /** The revision of the store after this change. */
  readonly revision: bigint;
}

/** A record is new or was put again. */
export interface FollowPut<Value = string> {
  /** The kind of the change. */
  readonly type: 'put';
  /** The key, without the namespace. */
  readonly key: string;
  /** The record from now on. */
  readonly kv: KeyValue<Value>;
  /** The revision of the store after this change. */
  readonly revision: bigint;
  /**
   * Another change of the same step follows at once: of the same transaction, or of what a compaction
   * has hidden. A map is as the store was when it is `false`.
   */
  readonly more: boolean;
  /** The record before, with `prevKv` and where the change was seen itself. */
  readonly prev: KeyValue<Value> | undefined;
}

/** A record is gone; with `onDecodeError: 'skip'` or a function, also one that cannot be decoded any more. */
export interface FollowDelete<Value = string> {
  /** The kind of the change. */
  readonly type: 'delete';
  /** The key, without the namespace. */
  readonly key: string;
  /** The revision of the deletion; after a compaction, a revision by which it had happened. */
  readonly revision: bigint;
  /** True if more changes of this revision follow, as for a put. */
  readonly more: boolean;
  /** The record before, with `prevKv` and where the change was seen itself. */
  readonly prev: KeyValue<Value> | undefined;
}

/** One step of following: the records there are at first, then what becomes of them. */
export type FollowChange<Value = string> =
  | FollowSnapshot<Value>
  | FollowPut<Value>
  | FollowDelete<Value>;

/**
 * Options of `follow()`. With an `onDecodeError` other than `'throw'`, records that cannot be decoded are
 * followed as if they were not there. One that is put over a readable one is told as a deletion.
 */
export type FollowOptions = WatchTravelOptions;

/** The part of the layers below that following needs. */
export interface FollowContext<Out> {
  readonly view: ViewContext;
  readonly space: Space<Out, never>;
  readonly range: KeyRange;
}

/**
 * Reads the records of a range and then watches them, without a gap between the two. Reads them again when a
 * compaction has removed changes that the watch needed.
 *
 * `return()`, and so `break`, ends it at once, even while it waits.
 */
export class Follower<Out> implements IterationSource<FollowChange<Out>> {
  readonly #context: FollowContext<Out>;
  readonly #options: FollowOptions;
  readonly #changes: AsyncGenerator<FollowChange<Out>, undefined, undefined>;
  /** The revision of the last put of each key that the consumer knows of. */
  readonly #known = new Map<string, bigint>();
  #limits: LinkedSignal | undefined;

  constructor(context: FollowContext<Out>, options: FollowOptions) {
    this.#context = context;
    this.#options = options;
    this.#changes = this.#follow();
  }

  next(): Promise<IteratorResult<FollowChange<Out>, undefined>> {
    return this.#changes.next();
  }

  async return(): Promise<IteratorResult<FollowChange<Out>, undefined>> {
    this.#limits?.abort(undefined);
    await this.#changes.return(undefined);
    return { done: true, value: undefined };
  }

  shown(): object {
    return showRange(this.#context.range);
  }

  async *#follow(): AsyncGenerator<FollowChange<Out>, undefined, undefined> {
    const { signal, timeoutMs = 0 } = this.#options;
    const { clock } = this.#context.view;
    const timeout = { clock, ms: timeoutMs, reason: () => watchTimedOut('follow', timeoutMs) };
    using limits = new LinkedSignal({ signals: [signal], timeout });
    this.#limits = limits;
    try {
      let snapshot = await this.#list(limits.signal);
      for (const [key, kv] of snapshot.entries) this.#known.set(key, kv.modRevision);
      yield snapshot;
      for (;;) {
        yield* this.#changesAfter(snapshot.revision, limits.signal);
        if (limits.signal.aborted) break;
        snapshot = await this.#list(limits.signal);
        yield* asStep(this.#difference(snapshot));
      }
    } catch (error) {
      if (!limits.signal.aborted) throw addCallerStack(error);
    }
    if (limits.signal.reason instanceof TimeoutError) throw addCallerStack(limits.signal.reason);
    return undefined;
  }

  /** Yields the changes after a revision, until a compaction overtakes it or it is cancelled. */
  async *#changesAfter(
    revision: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<FollowChange<Out>, void, undefined> {
    const { view, space, range } = this.#context;
    // Records that cannot be decoded are told apart here: the watch would leave out their changes.
    const { timeoutMs: _timeout, onDecodeError: _decoding, ...travel } = this.#options;
    const options = { ...travel, signal, startRevision: revision + 1n };
    const watcher = view.watches.watch(space, range, options, true);
    try {
      for await (const { events } of watcher.batches()) {
        yield* asStep(events.flatMap((event) => this.#noted(event) ?? []));
      }
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
    }
  }

  #noted(event: WatchEvent<Out>): Step<Out> | undefined {
    const key = this.#readableKey(event);
    if (key === undefined) return undefined;
    const { revision } = event;
    const prev = this.#readablePrev(event);
    if (event.type === 'put' && this.#isReadable(event.kv)) {
      this.#known.set(key, revision);
      return { type: 'put', key, kv: event.kv, revision, prev };
    }
    if (!this.#known.delete(key)) return undefined;
    return { type: 'delete', key, revision, prev };
  }

  get #onDecodeError(): OnDecodeError {
    return this.#options.onDecodeError ?? 'throw';
  }

  /** The key of a record; `undefined` where its bytes are not UTF-8. */
  #readableKey(record: { readonly key: string }): string | undefined {
    const error = decodeErrorOf(() => record.key);
    if (error === undefined) return record.key;
    tellDecodeError(this.#onDecodeError, error);
    return undefined;
  }

  /** The value of a record can be read, or is to throw where the consumer reads it. */
  #isReadable(record: KeyValue<Out>): boolean {
    if (this.#onDecodeError === 'throw') return true;
    const error = decodeErrorOf(() => record.value);
    if (error !== undefined) tellDecodeError(this.#onDecodeError, error);
    return error === undefined;
  }

  #readablePrev({ prev }: WatchEvent<Out>): KeyValue<Out> | undefined {
    if (prev === undefined || this.#onDecodeError === 'throw') return prev;
    return decodeErrorOf(() => prev.value) === undefined ? prev : undefined;
  }

  /** Returns the changes that turn the consumer's records into those of the snapshot. */
  #difference({ entries, revision }: FollowSnapshot<Out>): Step<Out>[] {
    const steps: Step<Out>[] = [];
    for (const key of [...this.#known.keys()]) {
      if (entries.has(key)) continue;
      this.#known.delete(key);
      steps.push({ type: 'delete', key, revision, prev: undefined });
    }
    for (const [key, kv] of entries) {
      if (this.#known.get(key) === kv.modRevision) continue;
      this.#known.set(key, kv.modRevision);
      steps.push({ type: 'put', key, kv, revision: kv.modRevision, prev: undefined });
    }
    return steps;
  }

  /** Reads the records, however long it takes until the cluster can be reached. */
  #list(signal: AbortSignal): Promise<FollowSnapshot<Out>> {
    return readPatiently(() => this.#read(signal), this.#context.view.clock, signal);
  }

  async #read(signal: AbortSignal): Promise<FollowSnapshot<Out>> {
    const { view, space, range } = this.#context;
    const call = { signal, metadata: this.#options.metadata, operation: 'follow' };
    const entries = new Map<string, KeyValue<Out>>();
    let revision = 0n;
    for await (const page of readPages(view.transport, { range }, call)) {
      revision = page.revision;
      for (const raw of page.kvs) {
        const kv = toKeyValue(raw, space);
        const key = this.#readableKey(kv);
        if (key !== undefined && this.#isReadable(kv)) entries.set(key, kv);
      }
    }
    return withJson({ type: 'snapshot', entries, revision });
  }
}

/** A change before it is known whether another follows. */
type Step<Out> = Omit<FollowPut<Out>, 'more'> | Omit<FollowDelete<Out>, 'more'>;

function* asStep<Out>(steps: readonly Step<Out>[]): Generator<FollowChange<Out>, void, undefined> {
  for (const [index, step] of steps.entries())
    yield withJson({ ...step, more: index < steps.length - 1 });
}
