import type { EtcdClient } from '../client.js';
import { CompactedError } from '../errors/index.js';
import type { Key } from '../index.js';
import { clientClosed } from './failures.js';

/**
 * Resolves when a key is deleted at this revision or later; `compacted` when it may have been and can
 * no longer be seen, so that one has to look.
 *
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function deletion(
  etcd: EtcdClient,
  key: Key,
  startRevision: bigint,
  signal: AbortSignal,
): Promise<'deleted' | 'compacted'> {
  signal.throwIfAborted();
  const watcher = etcd.watch(key, { startRevision, filter: 'delete', signal });
  try {
    const { done } = await watcher.batches().next();
    if (done !== true) return 'deleted';
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CompactedError) return 'compacted';
    throw error;
  } finally {
    await watcher.cancel();
  }
  signal.throwIfAborted();
  // A watch that ends by itself, without having been cancelled, ends with its client.
  throw clientClosed();
}
