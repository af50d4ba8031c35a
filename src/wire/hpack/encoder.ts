import { DEFAULT_TABLE_BYTES } from '../protocol.js';
import { type Field, makeField } from './field.js';
import { STATIC_TABLE } from './static-table.js';

/** A field of a request. */
export interface RequestField {
  readonly name: string;
  readonly value: string;
  /**
   * The way in which the peer may keep it: for later blocks, or not, or, if it is `secret`, neither the peer
   * nor anybody on the way.
   */
  readonly kind: 'remembered' | 'plain' | 'secret';
}

const INDEXED = 0x80;
const REMEMBERED = 0x40;
const TABLE_SIZE = 0x20;
const NEVER_REMEMBERED = 0x10;
const PLAIN = 0x00;

/**
 * Writes blocks of header fields (RFC 7541). Fields are put into the peer's table while there is room, and
 * none is ever evicted. A connection sends a few paths and the same few fields again and again. So a block is
 * made once, and used until the table changes.
 */
export class HpackEncoder {
  /** A number that changes with the table: blocks that were made before it did are of no use any more. */
  generation = 0;
  readonly #indexes = new Map<string, number>();
  #tableBytes = 0;
  #mostBytes = DEFAULT_TABLE_BYTES;
  /** The table begins anew with the next block, which has to say so. */
  #resized = false;

  /** The peer allows a table of this size. No more than the usual one is taken. */
  allow(tableBytes: number): void {
    const most = Math.min(tableBytes, DEFAULT_TABLE_BYTES);
    if (most === this.#mostBytes) return;
    this.#mostBytes = most;
    this.#tableBytes = 0;
    this.#indexes.clear();
    this.#resized = true;
    this.generation++;
  }

  /** Makes a block. It is to be sent once, before any other, if the generation has changed with it. */
  encode(fields: readonly RequestField[]): Buffer {
    const out: number[] = [];
    if (this.#resized) {
      this.#resized = false;
      // Emptied first, whatever is in it. It is one step where the size is nothing.
      writeInteger(out, TABLE_SIZE, 0x1f, 0);
      if (this.#mostBytes > 0) writeInteger(out, TABLE_SIZE, 0x1f, this.#mostBytes);
      this.generation++;
    }
    for (const field of fields) this.#encodeField(out, field);
    return Buffer.from(out);
  }

  #encodeField(out: number[], { name, value, kind }: RequestField): void {
    const key = keyOf(name, value);
    const index = staticFields.get(key) ?? this.#known(key);
    if (index !== undefined) {
      writeInteger(out, INDEXED, 0x7f, index);
      return;
    }
    const nameIndex = staticNames.get(name) ?? 0;
    const { size } = makeField(name, value);
    if (kind === 'secret') {
      writeInteger(out, NEVER_REMEMBERED, 0x0f, nameIndex);
    } else if (kind === 'remembered' && this.#tableBytes + size <= this.#mostBytes) {
      this.#indexes.set(key, this.#indexes.size);
      this.#tableBytes += size;
      this.generation++;
      writeInteger(out, REMEMBERED, 0x3f, nameIndex);
    } else {
      writeInteger(out, PLAIN, 0x0f, nameIndex);
    }
    if (nameIndex === 0) writeText(out, name);
    writeText(out, value);
  }

  /** The index of a field that was put into the table: the newest has the lowest. */
  #known(key: string): number | undefined {
    const place = this.#indexes.get(key);
    return place === undefined ? undefined : STATIC_TABLE.length + this.#indexes.size - place;
  }
}

const staticFields = new Map<string, number>();
const staticNames = new Map<string, number>();
STATIC_TABLE.forEach(({ name, value }: Field, at) => {
  if (value !== '') staticFields.set(keyOf(name, value), at + 1);
  if (!staticNames.has(name)) staticNames.set(name, at + 1);
});

function keyOf(name: string, value: string): string {
  return `${name}\0${value}`;
}

function writeInteger(out: number[], kind: number, mask: number, value: number): void {
  if (value < mask) {
    out.push(kind | value);
    return;
  }
  out.push(kind | mask);
  let rest = value - mask;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** Without Huffman code: the block is made once, and the server reads plain bytes faster. */
function writeText(out: number[], text: string): void {
  writeInteger(out, 0, 0x7f, text.length);
  for (const byte of Buffer.from(text, 'latin1')) out.push(byte);
}
