import { EtcdError } from '../errors/index.js';
import { decodeUtf8, EMPTY_BYTES, toHex } from '../internal/bytes.js';
import { type KeyRange, rangeContains } from '../model/keys/index.js';
import type { RequestOpInput, TxnRequestInput } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';

/** Everything that operations may write. */
interface Writes {
  readonly puts: Uint8Array[];
  readonly deletes: KeyRange[];
}

/**
 * Checks that no run of a transaction puts and deletes the same key.
 *
 * etcd refuses such a transaction, but its own check misses a delete with an open end, and a delete in
 * another nested transaction than the put. What it lets through leaves a revision with two entries of
 * one key, and after a compaction there the next read ends the server. So nothing of it is sent.
 *
 * Only one of the two branches runs, so what they write does not collide.
 *
 * @throws EtcdError `DUPLICATE_KEY`, `not-sent`
 */
export function refuseCollisions({ success = [], failure = [] }: TxnRequestInput): void {
  writesOf(success);
  writesOf(failure);
}

/** Returns what the operations of one branch may write, once they are known not to collide. */
function writesOf(branch: readonly RequestOpInput[]): Writes {
  const all: Writes = { puts: [], deletes: [] };
  for (const op of branch) {
    const { puts, deletes } = writesOfOp(op);
    refuseOverlap(puts, all.deletes);
    refuseOverlap(all.puts, deletes);
    all.puts.push(...puts);
    all.deletes.push(...deletes);
  }
  return all;
}

function writesOfOp({ requestPut, requestDeleteRange, requestTxn }: RequestOpInput): Writes {
  if (requestPut !== undefined) {
    const { key = EMPTY_BYTES } = requestPut;
    return { puts: [key], deletes: [] };
  }
  if (requestDeleteRange !== undefined) {
    const { key = EMPTY_BYTES, rangeEnd = EMPTY_BYTES } = requestDeleteRange;
    return { puts: [], deletes: [{ key, rangeEnd }] };
  }
  const then = writesOf(requestTxn?.success ?? []);
  const otherwise = writesOf(requestTxn?.failure ?? []);
  return {
    puts: [...then.puts, ...otherwise.puts],
    deletes: [...then.deletes, ...otherwise.deletes],
  };
}

function refuseOverlap(puts: readonly Uint8Array[], deletes: readonly KeyRange[]): void {
  for (const range of deletes) {
    const key = puts.find((put) => rangeContains(range, put));
    if (key !== undefined) throw duplicateKey(key);
  }
}

function duplicateKey(key: Uint8Array): EtcdError {
  return new EtcdError(
    `the key ${keyName(key)} is put and deleted in one branch of the transaction: do one of the two, ` +
      'or commit them one after the other',
    { code: 'DUPLICATE_KEY', method: kv.txn.name, outcome: 'not-sent' },
  );
}

/** The characters of a key, or its bytes if they are no text. */
function keyName(key: Uint8Array): string {
  try {
    return JSON.stringify(decodeUtf8(key));
  } catch {
    return `0x${toHex(key)}`;
  }
}
