import { compareBytes } from '../../../internal/bytes.js';
import { writeMessage } from '../codec/message-codec.js';
import { type KeyBounds, keyBytes } from './binary-key.js';
import type { MvccStore } from './mvcc-store.js';

/** The polynomial of Castagnoli, reversed: CRC-32C as etcd has it. */
const POLYNOMIAL = 0x82f63b78;
const ALL_BITS = 0xffffffff;
/** The name of the part of the database that is hashed. */
const BUCKET = new TextEncoder().encode('key');
/** Bytes of a revision in the database: two integers of 8 and a sign between them. */
const REVISION_BYTES = 17;
const ALL_KEYS: KeyBounds = { from: '', to: undefined, single: false };
const SEPARATOR = '_'.charCodeAt(0);

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
  return value;
});

/** The hash of what a store had at a revision; 0 for the latest. Equal stores have equal hashes. */
export function hashStore(
  store: MvccStore,
  revision: bigint,
): { readonly hash: number; readonly hashRevision: bigint } {
  const at = store.readable(revision);
  const kept = new Set(store.range(ALL_KEYS, at));
  const entries: { readonly id: Uint8Array; readonly value: Uint8Array }[] = [];
  for (const [key, { revision: main, sub, record }] of store.versions()) {
    if (main > at) continue;
    if (main <= store.compactRevision) {
      // What was replaced since then may be gone on another member; a deletion there may be, too.
      if (kept.size > 0 && (record === undefined || !kept.has(record))) continue;
      if (record === undefined && main === store.compactRevision) continue;
    }
    entries.push({
      id: revisionBytes(main, sub, record === undefined),
      value: writeMessage('mvccpb.KeyValue', record ?? { key: keyBytes(key) }),
    });
  }
  entries.sort((a, b) => compareBytes(a.id, b.id));
  let crc = update(ALL_BITS, BUCKET);
  for (const { id, value } of entries) crc = update(update(crc, id), value);
  return { hash: (crc ^ ALL_BITS) >>> 0, hashRevision: at };
}

function update(crc: number, bytes: Uint8Array): number {
  let value = crc;
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return value;
}

function revisionBytes(main: bigint, sub: number, isTombstone: boolean): Uint8Array {
  const bytes = Buffer.alloc(REVISION_BYTES);
  bytes.writeBigInt64BE(main, 0);
  bytes[8] = SEPARATOR;
  bytes.writeBigInt64BE(BigInt(sub), 9);
  return isTombstone ? Buffer.concat([bytes, Buffer.from('t')]) : bytes;
}
