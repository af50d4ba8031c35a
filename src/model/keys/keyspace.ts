import { EtcdError, invalidArgument } from '../../errors/index.js';
import {
  compareBytes,
  concatBytes,
  EMPTY_BYTES,
  encodeUtf8,
  equalBytes,
  isBytes,
  isWellFormed,
  startsWithBytes,
  toHex,
} from '../../internal/bytes.js';
import {
  isSingleKey,
  isUnboundedEnd,
  type Key,
  type KeyRange,
  prefixEnd,
  prefixRange,
  singleKey,
} from './key-range.js';

/** The smallest key of a key space, beside `''`. */
const FIRST_KEY = Uint8Array.of(0);

/**
 * A namespace as a value: it puts its prefix before every key that goes out and takes it off every key
 * that comes back. It does no I/O, and whatever it is asked for, no key outside it can be reached.
 *
 * `Keyspace.root` is all of etcd, with an empty prefix. There a key must not be empty; inside a
 * namespace the key `''` is the one that equals the bare prefix.
 *
 * @example
 * const users = Keyspace.root.sub('app/').sub('users/');
 * users.encodeKey('42');   // app/users/42
 * users.prefix('a');       // from app/users/a up to app/users/b
 */
export class Keyspace {
  /** All of etcd. */
  static readonly root = new Keyspace(EMPTY_BYTES);

  /** The prefix of every key. Must not be written to. */
  readonly prefixBytes: Uint8Array;
  /** The end of the namespace, as the end of a range. */
  readonly #end: Uint8Array;

  private constructor(prefix: Uint8Array) {
    this.prefixBytes = prefix;
    this.#end = prefixEnd(prefix);
  }

  /** The part of this key space whose keys begin with `prefix`. An empty prefix is this key space. */
  sub(prefix: Key): Keyspace {
    const bytes = keyBytes('namespace', prefix);
    return bytes.length === 0 ? this : new Keyspace(this.#within(bytes));
  }

  /**
   * A key as it is on the server, in memory of its own.
   *
   * @param name of the argument, for the error's message
   * @throws InvalidArgumentError for an argument that is not a key, for a string that UTF-8 cannot hold, and for an
   *   empty key outside any namespace
   */
  encodeKey(key: Key, name = 'key'): Uint8Array {
    const bytes = keyBytes(name, key);
    if (bytes.length === 0 && this.prefixBytes.length === 0) {
      throw invalidArgument(name, key, 'a key is not empty');
    }
    return this.#within(bytes);
  }

  /** One key, as a range. Throws as `encodeKey` does. */
  single(key: Key, name = 'key'): KeyRange {
    return singleKey(this.encodeKey(key, name));
  }

  /** The keys that begin with `prefix`; for an empty one, every key in here. */
  prefix(prefix: Key, name = 'prefix'): KeyRange {
    return prefixRange(this.#within(keyBytes(name, prefix)));
  }

  /** Every key in here. */
  all(): KeyRange {
    return prefixRange(this.prefixBytes);
  }

  /** The keys from `start` to the last one in here. Throws as `encodeKey` does. */
  fromKey(start: Key, name = 'start'): KeyRange {
    return { key: this.encodeKey(start, name), rangeEnd: this.#end };
  }

  /**
   * The keys from `start` up to, not including, `end`; none if `end` does not come after `start`. As
   * on etcd's wire the end `'\0'` means the last key in here.
   *
   * @throws InvalidArgumentError as `encodeKey` does, and for an empty end
   */
  range(start: Key, end: Key): KeyRange {
    const key = this.encodeKey(start, 'start');
    const endBytes = keyBytes('end', end);
    if (endBytes.length === 0) {
      throw invalidArgument('end', end, 'a key; range(key) is one key, fromKey(key) has no end');
    }
    return { key, rangeEnd: isUnboundedEnd(endBytes) ? this.#end : this.#within(endBytes) };
  }

  /**
   * Moves a range in wire form into this key space. One key stays one key. An open end becomes the end of
   * the key space, and the range of all keys becomes the whole key space.
   *
   * @throws InvalidArgumentError for an empty key outside any namespace
   */
  encodeRange(range: KeyRange): KeyRange {
    const { key, rangeEnd } = range;
    if (isSingleKey(range)) return this.single(key);
    if (!isUnboundedEnd(rangeEnd)) return this.range(key, rangeEnd);
    return isUnboundedEnd(key) ? this.all() : this.fromKey(key);
  }

  /**
   * Returns `true` if the range is every key in here, however it was named. The key `''` of a namespace
   * does not count: a range from `'\0'` on is every key, too.
   */
  isEverything({ key, rangeEnd }: KeyRange): boolean {
    if (!equalBytes(rangeEnd, this.#end) || !this.contains(key)) return false;
    return compareBytes(this.strip(key), FIRST_KEY) <= 0;
  }

  /** Returns whether a key of the server is in here. */
  contains(key: Uint8Array): boolean {
    return startsWithBytes(key, this.prefixBytes);
  }

  /**
   * A key of the server as it is called in here: the inverse of `encodeKey`. Shares its memory.
   *
   * @throws EtcdError `INTERNAL` for a key that is not in here, which no answer to our requests holds
   */
  strip(key: Uint8Array): Uint8Array {
    if (!this.contains(key)) {
      throw new EtcdError(
        `the key 0x${toHex(key)} is not in the namespace 0x${toHex(this.prefixBytes)}`,
        { code: 'INTERNAL' },
      );
    }
    return this.prefixBytes.length === 0 ? key : key.subarray(this.prefixBytes.length);
  }

  /** `bytes` must be our own already: in the root they are taken as they are. */
  #within(bytes: Uint8Array): Uint8Array {
    return this.prefixBytes.length === 0 ? bytes : concatBytes(this.prefixBytes, bytes);
  }
}

/** The bytes of a key, copied: a later change of the caller's array must not move a request. */
function keyBytes(name: string, key: Key): Uint8Array {
  if (typeof key === 'string') {
    const bytes = encodeUtf8(key);
    // As many bytes as characters: plain ASCII, which needs no closer look.
    if (bytes.length !== key.length && !isWellFormed(key)) {
      throw invalidArgument(name, key, 'a string without half of a surrogate pair, or bytes');
    }
    return bytes;
  }
  if (isBytes(key)) return new Uint8Array(key);
  throw invalidArgument(name, key, 'a string or a Uint8Array');
}
