import { type KeyValue, readKeyValue, type Space } from '../records/index.js';
import type { Event } from '../rpc/generated/types.js';
import type { EventRun } from '../rpc/watch-message.js';

/** An event as it was received. The merger leaves out those without a record. */
export type RawEvent = Event & { readonly kv: NonNullable<Event['kv']> };

/** What all events have. */
interface EventBase<Value> {
  /** The key within its view. Throws `DecodeError` when its bytes are not UTF-8. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
  /** The revision of the change; all changes of one transaction have the same. */
  readonly revision: bigint;
  /** The record before the change, with `prevKv`; `undefined` where there was none, or compacted. */
  readonly prev: KeyValue<Value> | undefined;
  /** The put made the key. */
  readonly isCreate: boolean;
  /** A form that can be logged. */
  toJSON(): Record<string, unknown>;
}

/** A key was put. */
export interface PutEvent<Value = string> extends EventBase<Value> {
  readonly type: 'put';
  /** The record from now on. */
  readonly kv: KeyValue<Value>;
}

/** A key was deleted, or its lease ended. */
export interface DeleteEvent<Value = string> extends EventBase<Value> {
  readonly type: 'delete';
  readonly isCreate: false;
}

/** One change of one key. */
export type WatchEvent<Value = string> = PutEvent<Value> | DeleteEvent<Value>;

/** All changes of one revision: what one transaction, put or delete did. Never split, never empty. */
export interface WatchBatch<Value = string> {
  readonly revision: bigint;
  readonly events: readonly WatchEvent<Value>[];
}

/** Records are made of an event when they are asked for: most consumers look at few of them. */
abstract class EventRecord<Value> {
  readonly revision: bigint;
  protected readonly raw: RawEvent;
  readonly #space: Space<Value, never>;
  #kv: KeyValue<Value> | undefined;
  #prev: KeyValue<Value> | undefined;

  constructor(raw: RawEvent, revision: bigint, space: Space<Value, never>) {
    this.raw = raw;
    this.revision = revision;
    this.#space = space;
  }

  protected get record(): KeyValue<Value> {
    this.#kv ??= readKeyValue(this.raw.kv, this.#space);
    return this.#kv;
  }

  get key(): string {
    return this.record.key;
  }

  get keyBytes(): Uint8Array {
    return this.record.keyBytes;
  }

  get prev(): KeyValue<Value> | undefined {
    const { prevKv } = this.raw;
    if (prevKv !== undefined) this.#prev ??= readKeyValue(prevKv, this.#space);
    return this.#prev;
  }
}

class PutRecord<Value> extends EventRecord<Value> implements PutEvent<Value> {
  get type(): 'put' {
    return 'put';
  }

  get kv(): KeyValue<Value> {
    return this.record;
  }

  get isCreate(): boolean {
    return this.raw.kv.createRevision === this.revision;
  }

  toJSON(): Record<string, unknown> {
    return { type: this.type, isCreate: this.isCreate, kv: this.kv.toJSON(), ...prevOf(this) };
  }
}

class DeleteRecord<Value> extends EventRecord<Value> implements DeleteEvent<Value> {
  get type(): 'delete' {
    return 'delete';
  }

  get isCreate(): false {
    return false;
  }

  toJSON(): Record<string, unknown> {
    const { key, keyHex } = this.record.toJSON();
    const name = key === undefined ? { keyHex } : { key };
    return { type: this.type, ...name, revision: this.revision.toString(), ...prevOf(this) };
  }
}

function prevOf({ prev }: { readonly prev: KeyValue<unknown> | undefined }): object {
  return prev === undefined ? {} : { prev: prev.toJSON() };
}

/** Gives an event the meaning of its view. */
export function eventOf<Out>(
  raw: RawEvent,
  revision: bigint,
  space: Space<Out, never>,
): WatchEvent<Out> {
  return raw.type === 'DELETE'
    ? new DeleteRecord<Out>(raw, revision, space)
    : new PutRecord<Out>(raw, revision, space);
}

/** Gives the events of a revision the meaning of their view. */
export function readBatch<Out>(run: EventRun, space: Space<Out, never>): WatchBatch<Out> {
  const revision = BigInt(run.revision);
  const events = (run.read() as readonly RawEvent[]).map((raw) => eventOf(raw, revision, space));
  return { revision, events };
}

/** Bytes that count as another event: large records count as several, so that a mark bounds memory. */
const BYTES_OF_AN_EVENT = 4096;

/** What a revision that waits counts against a high-water mark. */
export function weightOf({ count, size }: EventRun): number {
  return count + Math.floor(size / BYTES_OF_AN_EVENT);
}
