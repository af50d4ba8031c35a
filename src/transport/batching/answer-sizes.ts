import type { RangeRequestInput, RangeResponse } from '../../rpc/generated/types.js';
import { valueSize } from '../../rpc/wire/key-value.js';

/** Bytes from which a value is large: gathered, it would delay its company. */
export const LARGE_VALUE_BYTES = 16 * 1024;

/** Upper limit on the large keys that are remembered; beyond it the oldest is forgotten. */
const MAX_LARGE_KEYS = 8_192;

/** Weight of the latest answer in the running mean. */
const WEIGHT = 1 / 32;

/**
 * Sizes of answers, learnt from those that came and from values that were written. They keep the answer
 * of a batch small, and keys with large values out of batches.
 */
export class AnswerSizes {
  /** Of keys that were not known to be large. */
  #meanBytes = 0;
  /** Insertion order is age. */
  readonly #large = new Set<string>();

  /** Bytes that the answer to a read of a key has, if the key is not known to be large. */
  get expectedBytes(): number {
    return this.#meanBytes;
  }

  /** Tells if a read of this key is better left out of batches. */
  isLarge(key: Uint8Array): boolean {
    if (this.#meanBytes >= LARGE_VALUE_BYTES) return true;
    return this.#large.size > 0 && this.#large.has(nameOf(key));
  }

  /** Learns from the answer to a read. */
  noteRead({ key }: RangeRequestInput, { kvs }: RangeResponse): void {
    if (key === undefined) return;
    const bytes = kvs[0] === undefined ? 0 : valueSize(kvs[0]);
    if (!this.#noteSize(key, bytes)) this.#meanBytes += (bytes - this.#meanBytes) * WEIGHT;
  }

  /** Learns from a value that is written. */
  noteWritten(key: Uint8Array, bytes: number): void {
    this.#noteSize(key, bytes);
  }

  /** Remembers the key if it is large; returns if it was known to be. */
  #noteSize(key: Uint8Array, bytes: number): boolean {
    const large = bytes >= LARGE_VALUE_BYTES;
    if (!large && this.#large.size === 0) return false;
    const name = nameOf(key);
    const known = this.#large.delete(name);
    if (large) this.#remember(name);
    return known;
  }

  #remember(name: string): void {
    this.#large.add(name);
    if (this.#large.size <= MAX_LARGE_KEYS) return;
    for (const oldest of this.#large) {
      this.#large.delete(oldest);
      return;
    }
  }
}

/** Returns a key as a string, one character for each byte. */
export function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
