import type { KeyValue } from '../generated/types.js';
import { type Reader, viewOf } from './reader.js';

/** Lets Node's `console.log` show the record's values and not how it keeps them. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A key-value that was received. It keeps where its key and value are in the received bytes, and its
 * integers as plain numbers where they fit: views and bigints are made when they are asked for. That
 * makes reading a large range three times cheaper, and most readers never look at most fields.
 *
 * Its fields are getters: copy them one by one, since `{ ...record }` sees none of them. A record, and
 * each view it gave, keeps the whole response it came with in memory.
 */
class KeyValueRecord implements KeyValue {
  readonly #bytes: Buffer;
  readonly #keyStart: number;
  readonly #keyEnd: number;
  readonly #valueStart: number;
  readonly #valueEnd: number;
  readonly #createNumber: number | bigint;
  readonly #modNumber: number | bigint;
  readonly #versionNumber: number | bigint;
  readonly #leaseNumber: number | bigint;

  constructor(
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    createRevision: number | bigint,
    modRevision: number | bigint,
    version: number | bigint,
    lease: number | bigint,
  ) {
    this.#bytes = bytes;
    this.#keyStart = keyStart;
    this.#keyEnd = keyEnd;
    this.#valueStart = valueStart;
    this.#valueEnd = valueEnd;
    this.#createNumber = createRevision;
    this.#modNumber = modRevision;
    this.#versionNumber = version;
    this.#leaseNumber = lease;
  }

  get key(): Uint8Array {
    return viewOf(this.#bytes, this.#keyStart, this.#keyEnd);
  }

  get createRevision(): bigint {
    return BigInt(this.#createNumber);
  }

  get modRevision(): bigint {
    return BigInt(this.#modNumber);
  }

  get version(): bigint {
    return BigInt(this.#versionNumber);
  }

  get value(): Uint8Array {
    return viewOf(this.#bytes, this.#valueStart, this.#valueEnd);
  }

  get lease(): bigint {
    return BigInt(this.#leaseNumber);
  }

  /** How long a record's value is, without a view of it where it was received. */
  static valueSize(kv: KeyValue): number {
    return #bytes in kv ? kv.#valueEnd - kv.#valueStart : kv.value.length;
  }

  /** The same for its key. */
  static keySize(kv: KeyValue): number {
    return #bytes in kv ? kv.#keyEnd - kv.#keyStart : kv.key.length;
  }

  static valueText(kv: KeyValue): string | undefined {
    return #bytes in kv ? textOf(kv.#bytes, kv.#valueStart, kv.#valueEnd) : undefined;
  }

  static keyText(kv: KeyValue): string | undefined {
    return #bytes in kv ? textOf(kv.#bytes, kv.#keyStart, kv.#keyEnd) : undefined;
  }

  /** The fields in an object of its own: what `JSON.stringify` and `console.log` get to see. */
  toJSON(): KeyValue {
    const { key, createRevision, modRevision, version, value, lease } = this;
    return { key, createRevision, modRevision, version, value, lease };
  }

  [INSPECT](): KeyValue {
    return this.toJSON();
  }
}

/** What lenient decoding makes of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/** The text of a stretch of bytes; `undefined` when it takes a strict look to tell whether it is any. */
function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  return text.includes(REPLACEMENT) ? undefined : text;
}

/**
 * What is often asked of a record, straight from the received bytes: cheaper than through views of
 * them. The texts are `undefined` when a strict decoder has to look at the bytes.
 */
export const { keySize, valueSize, keyText, valueText } = KeyValueRecord;

/** Reads `mvccpb.KeyValue`. */
export function readKeyValue(reader: Reader): KeyValue {
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let valueEnd = 0;
  let createRevision: number | bigint = 0;
  let modRevision: number | bigint = 0;
  let version: number | bigint = 0;
  let lease: number | bigint = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        keyStart = reader.run();
        keyEnd = reader.position;
        break;
      case 0o20:
        createRevision = reader.int64();
        break;
      case 0o30:
        modRevision = reader.int64();
        break;
      case 0o40:
        version = reader.int64();
        break;
      case 0o52:
        valueStart = reader.run();
        valueEnd = reader.position;
        break;
      case 0o60:
        lease = reader.int64();
        break;
      default:
        reader.skip(tag);
    }
  }
  return new KeyValueRecord(
    reader.bytes,
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
    createRevision,
    modRevision,
    version,
    lease,
  );
}
