import type { RangeRequestInput, RangeResponse } from '../../rpc/generated/types.js';
import { valueSize } from '../../rpc/wire/key-value.js';
import { MOST_BATCH_BYTES } from './entry.js';

/** A value of this size delays its company: the key is read by itself from then on. */
const LARGE_VALUE_BYTES = 32 * 1024;

/** Large keys that are remembered; beyond that the oldest is forgotten. */
const MOST_LARGE_KEYS = 1_024;

/** How much the latest answer counts in the running mean. */
const WEIGHT = 1 / 32;

/**
 * How large answers are, learnt from those that came: it keeps the answer of a batch bounded, and keeps
 * large values out of batches for as long as they are large.
 */
export class AnswerSizes {
  /** Of the operations in batches. */
  #meanBytes = 0;
  /** Insertion order is age. */
  readonly #large = new Set<string>();

  /** How many operations have an answer within the bound, going by the mean. */
  get operationsPerBatch(): number {
    return Math.max(1, Math.floor(MOST_BATCH_BYTES / Math.max(1, this.#meanBytes)));
  }

  /** Whether the key had a large value when it was last read. */
  isLarge(key: Uint8Array): boolean {
    return this.#large.size > 0 && this.#large.has(nameOf(key));
  }

  /** Learns from an answer that came in a batch. */
  noteBatched(request: RangeRequestInput, response: RangeResponse): void {
    this.#meanBytes += (valueBytes(response) - this.#meanBytes) * WEIGHT;
    this.noteAlone(request, response);
  }

  /** Learns from the answer to a read by itself, which says nothing about batches. */
  noteAlone({ key }: RangeRequestInput, response: RangeResponse): void {
    if (key === undefined) return;
    if (valueBytes(response) >= LARGE_VALUE_BYTES) this.#remember(nameOf(key));
    else if (this.#large.size > 0) this.#large.delete(nameOf(key));
  }

  #remember(name: string): void {
    this.#large.delete(name);
    this.#large.add(name);
    for (const oldest of this.#large) {
      if (this.#large.size <= MOST_LARGE_KEYS) return;
      this.#large.delete(oldest);
    }
  }
}

function valueBytes({ kvs }: RangeResponse): number {
  return kvs[0] === undefined ? 0 : valueSize(kvs[0]);
}

/** A key as a string, one character for each byte. */
export function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
