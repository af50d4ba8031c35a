import { EMPTY_BYTES } from '../../../internal/bytes.js';
import type { EventType, KeyValue } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import { type BinaryKey, binaryKey, type KeyBounds, keyBytes } from './binary-key.js';
import { KeyIndex } from './key-index.js';

/** A change of one key; a deletion has a record with the key and the revision alone. */
export interface StoreEvent {
  readonly type: EventType;
  readonly kv: KeyValue;
}

/** The events of one revision, in the order in which they were made. */
export interface Commit {
  readonly revision: bigint;
  readonly events: readonly StoreEvent[];
}

/** The first revision of a store: the first write makes the next one. */
const FIRST_REVISION = 1n;
/** Stands for a store that was never compacted. */
const NEVER = -1n;
/** The space that a record takes beside its key and its value. */
const RECORD_OVERHEAD_BYTES = 64;
/** The size of an empty database file. */
const EMPTY_FILE_BYTES = 20_480;

/** The store as a transaction sees it, its own writes included. */
export interface StoreView {
  /** The latest revision that can be read. */
  readonly revision: bigint;
  readonly compactRevision: bigint;
  /** The records within the bounds at a revision; 0 or less for the latest. */
  range(bounds: KeyBounds, revision: bigint): KeyValue[];
}

/** Told of each key that a write touches, and of each commit. */
export interface StoreObserver {
  /** A record was put or deleted: the leases before and after, 0 for none. */
  moved(key: BinaryKey, before: bigint, after: bigint): void;
  committed(commit: Commit): void;
}

/**
 * etcd's multi-version store: each write makes a revision, and what was there before stays readable until
 * it is compacted.
 */
export class MvccStore implements StoreView {
  readonly #index = new KeyIndex();
  readonly #observer: StoreObserver;
  /** The commits that can still be watched, from the compacted revision on. */
  #commits: Commit[] = [];
  #revision = FIRST_REVISION;
  #compactRevision = NEVER;
  #bytesInUse = EMPTY_FILE_BYTES;
  #fileBytes = EMPTY_FILE_BYTES;

  constructor(observer: StoreObserver) {
    this.#observer = observer;
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** The oldest revision that can be read; -1 before the first compaction. */
  get compactRevision(): bigint {
    return this.#compactRevision;
  }

  /** Bytes of the database file, and of them those that hold something. */
  get size(): { readonly file: number; readonly inUse: number } {
    return { file: this.#fileBytes, inUse: this.#bytesInUse };
  }

  range(bounds: KeyBounds, revision: bigint): KeyValue[] {
    return [...this.#index.range(bounds, this.readable(revision))];
  }

  /** Runs a change; what it writes becomes one revision, if it writes anything. */
  write<T>(change: (write: StoreWrite) => T): T {
    const write = new StoreWrite(this, this.#index, (bytes) => this.#grow(bytes), this.#observer);
    const result = change(write);
    if (write.events.length > 0) {
      this.#revision += 1n;
      const commit: Commit = { revision: this.#revision, events: write.events };
      this.#commits.push(commit);
      this.#observer.committed(commit);
    }
    return result;
  }

  /**
   * Gives up the history before a revision.
   *
   * @param keepsDeletions whether what was deleted at that revision can still be watched
   * @throws the refusal of a revision that is compacted already, or not there yet
   */
  compact(revision: bigint, keepsDeletions: boolean): void {
    if (revision <= this.#compactRevision) throw refusals.compacted();
    if (revision > this.#revision) throw refusals.futureRevision();
    this.#compactRevision = revision;
    this.#index.compact(revision, keepsDeletions, (record) => {
      this.#bytesInUse -= bytesOf(record.key, record.value);
    });
    const [oldest, ...later] = this.commitsFrom(revision);
    if (oldest === undefined) this.#commits = [];
    else this.#commits = [keepsDeletions ? oldest : withoutDeletions(oldest, revision), ...later];
  }

  /** Takes over what another store has. */
  copyFrom(other: MvccStore): void {
    this.#index.copyFrom(other.#index);
    this.#commits = [...other.#commits];
    this.#revision = other.#revision;
    this.#compactRevision = other.#compactRevision;
    this.#bytesInUse = other.#bytesInUse;
    this.#fileBytes = other.#fileBytes;
  }

  /** Gives the space of the file back that holds nothing. */
  defragment(): void {
    this.#fileBytes = this.#bytesInUse;
  }

  /** The commits from a revision on, oldest first. */
  commitsFrom(revision: bigint): readonly Commit[] {
    const [oldest] = this.#commits;
    if (oldest === undefined) return [];
    // There is one commit for each revision.
    return this.#commits.slice(Math.max(0, Number(revision - oldest.revision)));
  }

  /** Every version of every key that is kept, for hashes and snapshots. */
  versions(): ReturnType<KeyIndex['versions']> {
    return this.#index.versions();
  }

  /** The revision that a read is to see, checked. */
  readable(revision: bigint, latest = this.#revision): bigint {
    if (revision > latest) throw refusals.futureRevision();
    if (revision <= 0n) return latest;
    if (revision < this.#compactRevision) throw refusals.compacted();
    return revision;
  }

  #grow(bytes: number): void {
    this.#bytesInUse += bytes;
    this.#fileBytes = Math.max(this.#fileBytes, this.#bytesInUse);
  }
}

/** A change of the store under way: its reads see its own writes. */
export class StoreWrite implements StoreView {
  readonly events: StoreEvent[] = [];
  readonly #store: MvccStore;
  readonly #index: KeyIndex;
  readonly #grow: (bytes: number) => void;
  readonly #observer: StoreObserver;
  /** The revision that the writes get. */
  readonly #next: bigint;

  constructor(
    store: MvccStore,
    index: KeyIndex,
    grow: (bytes: number) => void,
    observer: StoreObserver,
  ) {
    this.#store = store;
    this.#index = index;
    this.#grow = grow;
    this.#observer = observer;
    this.#next = store.revision + 1n;
  }

  /** The place of the next write in the history. */
  get #place(): { readonly revision: bigint; readonly sub: number } {
    return { revision: this.#next, sub: this.events.length };
  }

  get revision(): bigint {
    return this.events.length > 0 ? this.#next : this.#store.revision;
  }

  get compactRevision(): bigint {
    return this.#store.compactRevision;
  }

  range(bounds: KeyBounds, revision: bigint): KeyValue[] {
    return [...this.#index.range(bounds, this.#store.readable(revision, this.revision))];
  }

  /** Puts a key; answers what it was before. */
  put(key: Uint8Array, value: Uint8Array, lease: bigint): KeyValue | undefined {
    const name = binaryKey(key);
    const before = this.#index.at(name, this.#next);
    const record: KeyValue = {
      key,
      createRevision: before?.createRevision ?? this.#next,
      modRevision: this.#next,
      version: (before?.version ?? 0n) + 1n,
      value,
      lease,
    };
    this.#index.append(name, { ...this.#place, record });
    this.events.push({ type: 'PUT', kv: record });
    this.#grow(bytesOf(key, value));
    this.#observer.moved(name, before?.lease ?? 0n, lease);
    return before;
  }

  /** Deletes the keys within the bounds; answers what they were, in their order. */
  delete(bounds: KeyBounds): KeyValue[] {
    const gone = [...this.#index.range(bounds, this.#next)];
    for (const { key, lease } of gone) {
      const name = binaryKey(key);
      this.#index.append(name, { ...this.#place, record: undefined });
      this.events.push({ type: 'DELETE', kv: tombstone(name, this.#next) });
      this.#observer.moved(name, lease, 0n);
    }
    return gone;
  }
}

function withoutDeletions(commit: Commit, compacted: bigint): Commit {
  if (commit.revision !== compacted) return commit;
  return { ...commit, events: commit.events.filter(({ type }) => type !== 'DELETE') };
}

/** The record of a deletion: the key, and when. */
function tombstone(name: BinaryKey, modRevision: bigint): KeyValue {
  return {
    key: keyBytes(name),
    createRevision: 0n,
    modRevision,
    version: 0n,
    value: EMPTY_BYTES,
    lease: 0n,
  };
}

function bytesOf(key: Uint8Array, value: Uint8Array): number {
  return RECORD_OVERHEAD_BYTES + key.length + value.length;
}
