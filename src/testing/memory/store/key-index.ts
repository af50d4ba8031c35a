import type { KeyValue } from '../../../rpc/generated/types.js';
import { type BinaryKey, isWithin, type KeyBounds } from './binary-key.js';

/** A key as it was from one revision on; without a record it was deleted there. */
export interface KeyVersion {
  readonly revision: bigint;
  /** Position among the writes of that revision. */
  readonly sub: number;
  readonly record: KeyValue | undefined;
}

/** Every key with its history, oldest version first, and the keys in their order. */
export class KeyIndex {
  #sorted: BinaryKey[] = [];
  #histories = new Map<BinaryKey, KeyVersion[]>();

  /** Adds a version to a key's history. */
  append(key: BinaryKey, version: KeyVersion): void {
    const history = this.#histories.get(key);
    if (history !== undefined) {
      history.push(version);
      return;
    }
    this.#histories.set(key, [version]);
    this.#sorted.splice(this.#position(key), 0, key);
  }

  /** The record of a key at a revision; `undefined` where it did not exist then. */
  at(key: BinaryKey, revision: bigint): KeyValue | undefined {
    const history = this.#histories.get(key);
    if (history === undefined) return undefined;
    for (let index = history.length - 1; index >= 0; index -= 1) {
      const version = history[index] as KeyVersion;
      if (version.revision <= revision) return version.record;
    }
    return undefined;
  }

  /** The records within the bounds at a revision, in the order of their keys. */
  *range(bounds: KeyBounds, revision: bigint): Generator<KeyValue> {
    if (bounds.single) {
      const record = this.at(bounds.from, revision);
      if (record !== undefined) yield record;
      return;
    }
    for (let index = this.#position(bounds.from); index < this.#sorted.length; index += 1) {
      const key = this.#sorted[index] as BinaryKey;
      if (!isWithin(key, bounds)) return;
      const record = this.at(key, revision);
      if (record !== undefined) yield record;
    }
  }

  /**
   * Forgets what was replaced before `revision`, and keys that were deleted before it. What was written at
   * `revision` itself stays, for watches from there.
   *
   * @param keepsDeletions whether keys that were deleted at `revision` stay as well
   * @param forgotten is called for each record that goes
   */
  compact(revision: bigint, keepsDeletions: boolean, forgotten: (record: KeyValue) => void): void {
    const isKept = (version: KeyVersion): boolean =>
      version.record !== undefined || (keepsDeletions && version.revision === revision);
    let kept = 0;
    for (const key of this.#sorted) {
      const history = this.#histories.get(key) as KeyVersion[];
      let first = history.length;
      while (first > 0 && (history[first - 1] as KeyVersion).revision > revision) first -= 1;
      if (first > 0 && isKept(history[first - 1] as KeyVersion)) first -= 1;
      for (const { record } of history.splice(0, first))
        if (record !== undefined) forgotten(record);
      if (history.length === 0) {
        this.#histories.delete(key);
      } else {
        this.#sorted[kept] = key;
        kept += 1;
      }
    }
    this.#sorted.length = kept;
  }

  /** Takes over what another index has. */
  copyFrom(other: KeyIndex): void {
    this.#sorted = [...other.#sorted];
    this.#histories = new Map(
      [...other.#histories].map(([key, history]): [BinaryKey, KeyVersion[]] => [key, [...history]]),
    );
  }

  /** Every version of every key, in the order of the keys. */
  *versions(): Generator<readonly [BinaryKey, KeyVersion]> {
    for (const key of this.#sorted) {
      for (const version of this.#histories.get(key) ?? []) yield [key, version];
    }
  }

  /** Position of the key among the sorted ones, also of one that is not there. */
  #position(key: BinaryKey): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as BinaryKey) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
