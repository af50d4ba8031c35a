import type { EtcdClient } from '../client.js';
import { CompactedError } from '../errors/index.js';
import type { Key, KeyValue } from '../index.js';
import { clientClosed } from './failures.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import type { Wait } from './wait.js';

/** Result of a watch: `compacted` when a deletion may have been missed. */
type WatchResult = 'deleted' | 'compacted';

/**
 * Resolves when the key of this record may have been deleted. The caller must read it again.
 *
 * The function watches from now on, and then reads once whether the key is still the same one. The read sees what
 * happened before it, and the watch what happens after it. A watch from a past revision needs no read;
 * but a server serves watches that are behind only ten times a second, and in a busy store every such
 * watch is behind.
 *
 * @param prefix the queue of the key: its first key is noted as the one that is waited for
 * @throws the reason of the wait's signal when it aborts; EtcdError when the watch cannot go on
 */
export async function waitUntilKeyMayBeGone(
  etcd: EtcdClient,
  { keyBytes, createRevision }: KeyValue,
  prefix: string,
  wait: Wait,
): Promise<void> {
  const first = etcd.op.get(etcd.prefix(prefix).sortBy('createRevision').limit(1));
  const look = etcd.txn().then(etcd.op.get(keyBytes), first);
  const { signal } = wait;
  await waitForDelete(etcd, keyBytes, { signal, failed: wait.failed }, async () => {
    const { results } = await wait.attempt(() =>
      look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS, signal }),
    );
    const [found, queue] = results;
    wait.blocker = queue?.kvs[0];
    return found?.createRevision !== createRevision;
  });
}

/** Options of the wait for a deletion. */
export interface WaitForDeleteOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** First revision to look at. Default: from now on. */
  readonly startRevision?: bigint;
  /** Is told each failure that the watch survives. */
  readonly failed?: (error: unknown) => void;
}

/**
 * Resolves when a key is deleted; with `compacted` when a deletion may have been missed.
 *
 * @param isGone asked once the server has the watch; the wait ends when it answers true
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function waitForDelete(
  etcd: EtcdClient,
  key: Key,
  { signal, startRevision, failed }: WaitForDeleteOptions,
  isGone?: () => Promise<boolean>,
): Promise<WatchResult> {
  signal.throwIfAborted();
  const watcher = etcd.watch(key, { startRevision, filter: 'delete', signal });
  if (failed !== undefined) watcher.on('disconnected', failed);
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
