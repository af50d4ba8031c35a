import { concatBytes } from '../../../internal/bytes.js';
import { writeMessage } from '../codec/message-codec.js';
import type { MvccStore } from './mvcc-store.js';

/** Database files have whole pages. */
const PAGE_BYTES = 4_096;

/**
 * A file of all records that a store has now, in whole pages. It has the size and the parts of a snapshot;
 * what is in it is no database of etcd's, so it cannot be restored.
 */
export function snapshotOf(store: MvccStore): Uint8Array {
  const records = [...store.versions()].flatMap(([, { record }]) =>
    record === undefined ? [] : [writeMessage('mvccpb.KeyValue', record)],
  );
  const content = concatBytes(...records);
  const file = new Uint8Array(Math.ceil((content.length + 1) / PAGE_BYTES) * PAGE_BYTES);
  file.set(content);
  return file;
}
