import { startsAt } from '../../internal/bytes.js';
import { printable } from '../../internal/printable.js';
import type { KeyValue } from '../generated/types.js';
import type { Pieces } from './pieces.js';
import { type Reader, viewOf } from './reader.js';

/** Reads `mvccpb.KeyValue`. */
export function readKeyValue(reader: Reader): KeyValue {
  const start = reader.position;
  let keyStart = start;
  let keyEnd = start;
  let valueStart = start;
  let valueEnd = start;
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
  const received = new ReceivedKeyValue(
    reader.pieces,
    keyStart,
    keyEnd,
    valueStart,
    valueEnd,
    createRevision,
    modRevision,
    version,
    lease,
  );
  return reader.plainRecords ? plainOf(received) : received;
}

/** An answer with its records as plain objects, for interceptors. */
export function withPlainRecords<Answer>(answer: Answer): Answer {
  return plainly(answer) as Answer;
}

/**
 * A key-value that was received. It keeps where its key and value are in the received bytes, and its integers
 * as plain numbers where they fit. Views and bigints are made when they are asked for. That makes reading a
 * large range three times cheaper, and most readers never look at most fields.
 *
 * Only the client itself sees it: its fields are accessors, of which `{ ...record }` sees none. Answers of
 * the raw stubs have plain records (see `Reader.plainRecords`), and so have those that interceptors of calls see.
 *
 * The whole response stays in memory until a record is `owned`, or gives a view of its bytes. From then on it keeps
 * its own bytes and at most a small piece beside them, and so does each view: see `Pieces`. Most records give
 * short texts only, and are then dropped: nothing is copied for them.
 */
class ReceivedKeyValue implements KeyValue {
  #bytes: Buffer;
  #keyStart: number;
  #keyEnd: number;
  #valueStart: number;
  #valueEnd: number;
  readonly #createNumber: number | bigint;
  readonly #modNumber: number | bigint;
  readonly #versionNumber: number | bigint;
  readonly #leaseNumber: number | bigint;
  /** The response in pieces, as long as `#bytes` is all of it. */
  #pieces: Pieces | undefined;

  constructor(
    pieces: Pieces,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    createRevision: number | bigint,
    modRevision: number | bigint,
    version: number | bigint,
    lease: number | bigint,
  ) {
    this.#bytes = pieces.message;
    this.#keyStart = keyStart;
    this.#keyEnd = keyEnd;
    this.#valueStart = valueStart;
    this.#valueEnd = valueEnd;
    this.#createNumber = createRevision;
    this.#modNumber = modRevision;
    this.#versionNumber = version;
    this.#leaseNumber = lease;
    this.#pieces = pieces;
  }

  get key(): Uint8Array {
    this.#own();
    return viewOf(this.#bytes, this.#keyStart, this.#keyEnd);
  }

  get createRevision(): bigint {
    return toBigInt(this.#createNumber);
  }

  get modRevision(): bigint {
    return toBigInt(this.#modNumber);
  }

  get version(): bigint {
    return toBigInt(this.#versionNumber);
  }

  get value(): Uint8Array {
    this.#own();
    return viewOf(this.#bytes, this.#valueStart, this.#valueEnd);
  }

  get lease(): bigint {
    return toBigInt(this.#leaseNumber);
  }

  /** Leaves the response for a piece of it. */
  #own(): void {
    const pieces = this.#pieces;
    if (pieces === undefined) return;
    this.#pieces = undefined;
    const start = Math.min(this.#keyStart, this.#valueStart);
    pieces.hold(start, Math.max(this.#keyEnd, this.#valueEnd));
    const { bytes, shift } = pieces;
    this.#bytes = bytes;
    this.#keyStart += shift;
    this.#keyEnd += shift;
    this.#valueStart += shift;
    this.#valueEnd += shift;
  }

  /** Returns the record, which has let go of the response that it came in: whoever keeps it must call this. */
  static owned(kv: KeyValue): KeyValue {
    if (#bytes in kv) kv.#own();
    return kv;
  }

  /** Returns the length of a record's value in bytes, without making a view of it. */
  static valueSize(kv: KeyValue): number {
    return #bytes in kv ? kv.#valueEnd - kv.#valueStart : kv.value.length;
  }

  /** Returns the length of its key in bytes, without making a view of it. */
  static keySize(kv: KeyValue): number {
    return #bytes in kv ? kv.#keyEnd - kv.#keyStart : kv.key.length;
  }

  /** The value, if that is a short text. */
  static valueText(kv: KeyValue): string | undefined {
    return #bytes in kv ? shortText(kv.#bytes, kv.#valueStart, kv.#valueEnd) : undefined;
  }

  /** The key after a prefix, if that is a short text. */
  static keyText(kv: KeyValue, prefix: Uint8Array): string | undefined {
    if (!(#bytes in kv) || !startsAt(kv.#bytes, kv.#keyStart, kv.#keyEnd, prefix)) return undefined;
    return shortText(kv.#bytes, kv.#keyStart + prefix.length, kv.#keyEnd);
  }
}

printable(ReceivedKeyValue, 'KeyValue', plainOf);

/** The bigints of small numbers, which most versions and leases are: a large answer needs none for them. */
const SMALL_BIGINTS: readonly bigint[] = Array.from({ length: 16 }, (_, number) => BigInt(number));

/** The integer that was converted last: most records were put once, so that both revisions are equal. */
let lastNumber: number | bigint = 0;
let lastBigint = 0n;

function toBigInt(number: number | bigint): bigint {
  const small = SMALL_BIGINTS[number as number];
  if (small !== undefined) return small;
  if (number !== lastNumber) {
    lastBigint = BigInt(number);
    lastNumber = number;
  }
  return lastBigint;
}

/** The character that lenient decoding puts in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/** Above this length a text may cost more than it takes to see later whether anybody wants it. */
const MAX_SHORT_TEXT_BYTES = 1024;

/** The text of a stretch of bytes; `undefined` when it is long, or a strict decoder has to look at it. */
function shortText(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start > MAX_SHORT_TEXT_BYTES) return undefined;
  const text = bytes.toString('utf8', start, end);
  return text.includes(REPLACEMENT) ? undefined : text;
}

/** A copy as a plain object. */
function plainOf({ key, createRevision, modRevision, version, value, lease }: KeyValue): KeyValue {
  return { key, createRevision, modRevision, version, value, lease };
}

function plainly(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ReceivedKeyValue) return plainOf(value);
  if (Array.isArray(value)) return value.map(plainly);
  // Answers of raw stubs can be written as JSON, and are plain already.
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainly(field)]));
}

/** Makes a record fit to be kept: it then holds little beside its own bytes in memory. */
export const { owned } = ReceivedKeyValue;

/** Reads frequent facts of a record straight from the received bytes, which is cheaper than making views. */
export const { keySize, valueSize, keyText, valueText } = ReceivedKeyValue;
