import type { EtcdClient } from '../client.js';
import { CompactedError } from '../errors/index.js';
import type { Key, KeyValue } from '../index.js';
import { clientClosed } from './failures.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';

/** What a watch came to: `compacted` when there may have been a deletion that can no longer be seen. */
type Finding = 'deleted' | 'compacted';

/**
 * Resolves when the key that this record was read of is gone, or may be, so that one has to look again.
 *
 * It watches from now on, and then reads once whether the key is still the same one: what happened
 * before the read is seen by the read, and what happens after it by the watch, which was there before.
 * A watch from a revision that is past needs no read; but a server serves watches that are behind only
 * ten times a second, and in a busy store every such watch is behind.
 *
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function departure(
  etcd: EtcdClient,
  { keyBytes, createRevision }: KeyValue,
  signal: AbortSignal,
): Promise<void> {
  const options = { timeoutMs: ATTEMPT_TIMEOUT_MS, signal };
  await deletion(etcd, keyBytes, undefined, signal, async () => {
    const found = await retryUntilAnswered(() => etcd.get(keyBytes, options), signal);
    return found?.createRevision !== createRevision;
  });
}

/**
 * Resolves when a key is deleted at this revision or later, by default from now on; `compacted` when it
 * may have been, so that one has to look.
 *
 * @param isGone asked when a server has the watch; it ends here when the answer is yes
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function deletion(
  etcd: EtcdClient,
  key: Key,
  startRevision: bigint | undefined,
  signal: AbortSignal,
  isGone?: () => Promise<boolean>,
): Promise<Finding> {
  signal.throwIfAborted();
  const watcher = etcd.watch(key, { startRevision, filter: 'delete', signal });
  try {
    if (isGone !== undefined) {
      await watcher.ready;
      if (await isGone()) return 'deleted';
    }
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
