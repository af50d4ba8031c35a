import type { CallMetadata, KeyValue, Selection, Watcher } from '../index.js';
import { onAbort } from '../internal/linked-signal.js';
import type { Listing } from './records.js';

/** Records that are asked for together with the revision. Few selections are smaller, and none waits for them. */
const FIRST_RECORDS = 10;

/** The part of the store that a cache follows: its reads and its watches. */
export class Source<Value> {
  readonly #selection: Selection<Value, never>;
  readonly #metadata: CallMetadata | undefined;

  constructor(selection: Selection<Value, never>, metadata: CallMetadata | undefined) {
    this.#selection = selection;
    this.#metadata = metadata;
  }

  /** Reads all records at one revision, which no earlier write is later than: the read is linearizable. */
  async list(signal: AbortSignal): Promise<Listing<Value>> {
    const call = { signal, metadata: this.#metadata };
    const { kvs, more, header } = await this.#selection.limit(FIRST_RECORDS).all(call);
    const { revision } = header;
    if (!more) return { revision, kvs };
    const all: KeyValue<Value>[] = [];
    for await (const kv of this.#selection.atRevision(revision).iterate(call)) all.push(kv);
    return { revision, kvs: all };
  }

  /** Reads the revision of the store by a linearizable read. */
  async revision(signal: AbortSignal): Promise<bigint> {
    const { header } = await this.#selection.limit(1).all({ signal, metadata: this.#metadata });
    return header.revision;
  }

  /**
   * Looks whether the selection is as it was at a revision, by a linearizable read: no record is newer, and
   * there are as many. A record that was deleted and put again is newer, so nothing else can be different.
   *
   * @param stored the number of records at that revision
   * @returns the revision at which it is still the same; `undefined` when it is not
   */
  async unchangedUntil(
    revision: bigint,
    stored: number,
    signal: AbortSignal,
  ): Promise<bigint | undefined> {
    const newer = this.#selection.modifiedSince(revision + 1n);
    const { kvs, count, header } = await newer.all({ signal, metadata: this.#metadata });
    return kvs.length === 0 && count === stored ? header.revision : undefined;
  }

  /**
   * Begins to watch, and resolves when a server has the watch.
   *
   * @param opening ends the wait for the server; `life` ends the watch
   */
  async watch(
    startRevision: bigint,
    { opening, life }: { readonly opening: AbortSignal; readonly life: AbortSignal },
  ): Promise<Watcher<Value>> {
    const metadata = this.#metadata;
    const options = { startRevision, progressNotify: true, signal: life, metadata };
    const watcher = this.#selection.watch(options);
    const stopListening = onAbort(opening, () => void watcher.cancel());
    try {
      await watcher.ready;
    } finally {
      stopListening();
    }
    return watcher;
  }
}
