import { ConnectionFault } from '../faults.js';
import { DEFAULT_TABLE_BYTES, H2Code } from '../protocol.js';
import { type Field, makeField } from './field.js';
import { huffmanDecode } from './huffman.js';
import { STATIC_TABLE } from './static-table.js';

/** Bits of an integer after its first byte: more than any index or length has. */
const MOST_INTEGER_BITS = 28;

/** Takes the fields of a block, in their order. */
export type OnField = (field: Field) => void;

/**
 * Reads blocks of header fields (RFC 7541). Each block is read to its end, even one that nobody waits for: the table
 * that both sides keep would not be the same otherwise.
 */
export class HpackDecoder {
  /** The table may not become larger than this: what was announced to the peer. */
  readonly #limit: number;
  /** The newest stands last. */
  readonly #table: Field[] = [];
  #tableBytes = 0;
  #mostBytes: number;
  #bytes: Buffer = EMPTY;
  #at = 0;
  #end = 0;

  constructor(limit = DEFAULT_TABLE_BYTES) {
    this.#limit = limit;
    this.#mostBytes = limit;
  }

  /** @throws ConnectionFault for bytes that are not a block */
  decode(bytes: Buffer, start: number, end: number, onField: OnField): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    let begun = false;
    while (this.#at < end) {
      const first = bytes[this.#at] as number;
      if (first >= 0x80) {
        onField(this.#indexed(this.#integer(0x7f)));
      } else if (first >= 0x40) {
        const field = this.#literal(0x3f);
        this.#add(field);
        onField(field);
      } else if (first >= 0x20) {
        if (begun) throw damaged('a change of its table within a block');
        this.#resize(this.#integer(0x1f));
        continue;
      } else {
        onField(this.#literal(0x0f));
      }
      begun = true;
    }
    this.#bytes = EMPTY;
  }

  #indexed(index: number): Field {
    const field =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : this.#table[this.#table.length - (index - STATIC_TABLE.length)];
    if (field === undefined) throw damaged(`an index that no field has: ${index}`);
    return field;
  }

  #literal(indexMask: number): Field {
    const index = this.#integer(indexMask);
    const name = index === 0 ? this.#text() : this.#indexed(index).name;
    return makeField(name, this.#text());
  }

  #add(field: Field): void {
    this.#table.push(field);
    this.#tableBytes += field.size;
    this.#evict();
  }

  #resize(size: number): void {
    if (size > this.#limit) throw damaged(`a table of ${size} bytes`);
    this.#mostBytes = size;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#mostBytes) {
      this.#tableBytes -= this.#table.shift()?.size ?? this.#tableBytes;
    }
  }

  /** Reads an integer whose first bits stand under the mask (RFC 7541, 5.1). */
  #integer(mask: number): number {
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < MOST_INTEGER_BITS; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw damaged('an integer that is too long');
  }

  #text(): string {
    const huffman = this.#at < this.#end && (this.#bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at;
    if (length > this.#end - start) throw damaged('a text that goes beyond the end of its block');
    this.#at += length;
    if (!huffman) return this.#bytes.toString('latin1', start, this.#at);
    const text = huffmanDecode(this.#bytes, start, this.#at);
    if (text === undefined) throw damaged('an invalid Huffman code');
    return text;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw damaged('a block that is cut short');
    return this.#bytes[this.#at++] as number;
  }
}

const EMPTY = Buffer.alloc(0);

function damaged(what: string): ConnectionFault {
  return new ConnectionFault(H2Code.COMPRESSION_ERROR, `header fields with ${what}`);
}
