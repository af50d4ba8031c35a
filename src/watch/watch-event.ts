import { type DecodeError, decodeErrorOf } from '../errors/index.js';
import { printable, toJson } from '../internal/printable.js';
import { type KeyValue, takeKey, toKeyValue } from '../model/key-value.js';
import type { Space } from '../model/space.js';
import type { Event } from '../rpc/generated/types.js';
import type { EventRun } from '../rpc/watch-message.js';

/** An event as it was received. The merger leaves out those without a record. */
export type RawEvent = Event & { readonly kv: NonNullable<Event['kv']> };

// Classes for the compiler alone: of a copy, it then knows the fields and neither accessors nor methods.

/** The fields of every event. Copies and comparisons have all of them but the bytes. */
declare abstract class EventBase<Value> {
  /** The key within its view. Throws `DecodeError` when its bytes are not UTF-8. */
  readonly key: string;
  /** The revision of the change; all changes of one transaction have the same. */
  readonly revision: bigint;
  /** The record before the change, with `prevKv`; `undefined` where there was none, or compacted. */
  readonly prev: KeyValue<Value> | undefined;
  /** The put made the key. */
  readonly isCreate: boolean;
  /** The key within its view, as bytes. */
  get keyBytes(): Uint8Array;
  /** A form that can be logged. */
  toJSON(): Record<string, unknown>;
}

/** A key was put. */
export declare abstract class PutEvent<Value = string> extends EventBase<Value> {
  /** The kind of the event. */
  readonly type: 'put';
  /** The record from now on. */
  readonly kv: KeyValue<Value>;
}

/** A key was deleted, or its lease ended. */
export declare abstract class DeleteEvent<Value = string> extends EventBase<Value> {
  /** The kind of the event. */
  readonly type: 'delete';
  readonly isCreate: false;
}

/** One change of one key. */
export type WatchEvent<Value = string> = PutEvent<Value> | DeleteEvent<Value>;

/** All changes of one revision: what one transaction, put or delete did. Never split, never empty. */
export interface WatchBatch<Value = string> {
  /** The revision of all events in the batch. */
  readonly revision: bigint;
  /** The events, in the order of the store. */
  readonly events: readonly WatchEvent<Value>[];
}

class PutRecord<Value> implements PutEvent<Value> {
  readonly type = 'put';
  declare readonly key: string;
  declare readonly revision: bigint;
  declare readonly kv: KeyValue<Value>;
  declare readonly prev: KeyValue<Value> | undefined;
  declare readonly isCreate: boolean;

  constructor(raw: RawEvent, revision: bigint, space: Space<Value, never>) {
    const kv = toKeyValue(raw.kv, space);
    takeKey(this, kv);
    this.revision = revision;
    this.kv = kv;
    this.prev = raw.prevKv && toKeyValue(raw.prevKv, space);
    this.isCreate = kv.createRevision === revision;
  }

  get keyBytes(): Uint8Array {
    return this.kv.keyBytes;
  }

  toJSON(): Record<string, unknown> {
    return toJson(fieldsOfPut(this)) as Record<string, unknown>;
  }
}

class DeleteRecord<Value> implements DeleteEvent<Value> {
  readonly type = 'delete';
  declare readonly key: string;
  declare readonly revision: bigint;
  declare readonly prev: KeyValue<Value> | undefined;
  readonly isCreate = false;
  /** The record of the deletion: it has a key and no value. */
  readonly #kv: KeyValue<Value>;

  constructor(raw: RawEvent, revision: bigint, space: Space<Value, never>) {
    this.#kv = toKeyValue(raw.kv, space);
    takeKey(this, this.#kv);
    this.revision = revision;
    this.prev = raw.prevKv && toKeyValue(raw.prevKv, space);
  }

  get keyBytes(): Uint8Array {
    return this.#kv.keyBytes;
  }

  static keyOf(event: DeleteRecord<unknown>): object {
    const { key, keyHex } = event.#kv.toJSON();
    return key === undefined ? { keyHex } : { key };
  }

  toJSON(): Record<string, unknown> {
    return toJson(fieldsOfDelete(this)) as Record<string, unknown>;
  }
}

printable(PutRecord, 'PutEvent', fieldsOfPut);
printable(DeleteRecord, 'DeleteEvent', fieldsOfDelete);

/** The fields of an event to look at: the record has its key. */
function fieldsOfPut({ type, revision, isCreate, kv, prev }: PutEvent<unknown>): object {
  return { type, revision, isCreate, kv, prev };
}

function fieldsOfDelete(event: DeleteRecord<unknown>): object {
  const { type, revision, prev } = event;
  return { type, ...DeleteRecord.keyOf(event), revision, prev };
}

class Batch<Value> implements WatchBatch<Value> {
  /** The revision of all events in the batch. */
  readonly revision: bigint;
  /** The events, in the order of the store. */
  readonly events: readonly WatchEvent<Value>[];

  constructor(revision: bigint, events: readonly WatchEvent<Value>[]) {
    this.revision = revision;
    this.events = events;
  }
}

printable(Batch, 'WatchBatch', ({ revision, events }) => ({ revision, events }));

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

/** Puts the events of a revision together. */
export function batchOf<Out>(
  revision: bigint,
  events: readonly WatchEvent<Out>[],
): WatchBatch<Out> {
  return new Batch(revision, events);
}

/** Gives the events of a revision the meaning of their view. */
export function readBatch<Out>(run: EventRun, space: Space<Out, never>): WatchBatch<Out> {
  const revision = BigInt(run.revision);
  const events = (run.read() as readonly RawEvent[]).map((raw) => eventOf(raw, revision, space));
  return batchOf(revision, events);
}

/**
 * Reads the events of a revision and leaves out those that cannot be decoded. Of the others, a previous
 * record that cannot be decoded is left out.
 */
export function readDecodable<Value>(
  run: EventRun,
  space: Space<Value, never>,
  onError: (error: DecodeError) => void,
): WatchBatch<Value> {
  const revision = BigInt(run.revision);
  const events: WatchEvent<Value>[] = [];
  for (const raw of run.read() as readonly RawEvent[]) {
    const event = eventOf(raw, revision, space);
    const error = decodeErrorOf(() => [event.key, event.type === 'put' && event.kv.value]);
    if (error !== undefined) onError(error);
    else if (decodeErrorOf(() => event.prev?.value) === undefined) events.push(event);
    else events.push(eventOf({ ...raw, prevKv: undefined }, revision, space));
  }
  return batchOf(revision, events);
}

/** Bytes that count as another event: large records count as several, so that a mark bounds memory. */
const BYTES_OF_AN_EVENT = 4096;

/** Returns the weight of a waiting revision against a high-water mark. */
export function weightOf({ count, size }: EventRun): number {
  return count + Math.floor(size / BYTES_OF_AN_EVENT);
}
