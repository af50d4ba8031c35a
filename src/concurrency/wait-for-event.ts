import { CompactedError, clientClosed } from '../errors/index.js';
import type { KeyValue, Selection, View, WatchBatch } from '../index.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import type { Wait } from './wait.js';

/** Keys that can be watched: a selection, or one key. */
type Watchable = Pick<Selection<unknown, never>, 'watch'>;

/** Result of a watch: `compacted` when an event may have been missed. */
type WatchResult = 'seen' | 'compacted';

/**
 * Resolves when the key of this record may have been deleted. The caller must read it again.
 *
 * The function watches from now on, and then reads once whether the key is still the same one. The read sees
 * what happened before it, and the watch what happens after it. A watch from a past revision would need no
 * read. But in a busy store every such watch is behind, and a server serves watches that are behind only ten
 * times a second.
 *
 * @param prefix the queue of the key: its first key is noted as the one that is waited for. Default: the
 *   key alone
 * @param signal ends this part of the wait. Default: the signal of the whole wait
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function waitUntilKeyMayBeGone(
  etcd: View<string>,
  { keyBytes, createRevision }: KeyValue,
  wait: Wait,
  {
    prefix,
    signal = wait.signal,
  }: { readonly prefix?: string; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const queued = prefix === undefined ? etcd.range(keyBytes) : etcd.prefix(prefix);
  const first = etcd.op.get(queued.sortBy('createRevision').limit(1));
  const look = etcd.txn().then(etcd.op.get(keyBytes), first);
  const key: Watchable = { watch: (options) => etcd.watch(keyBytes, options) };
  await waitForEvent(key, { signal, filter: 'delete', failed: wait.failed }, async () => {
    const { results } = await wait.attempt(() =>
      look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS, signal }),
    );
    const [found, queue] = results;
    wait.blocker = queue?.kvs[0];
    return found?.createRevision !== createRevision;
  });
}

/** Options of the wait for an event. */
export interface WaitForEventOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** The kind of event to wait for. Default: both. */
  readonly filter?: 'put' | 'delete';
  /** Is asked after the events of each revision, and ends the wait by `true`. Default: the first one does. */
  readonly endsIt?: (batch: WatchBatch<unknown>) => Promise<boolean>;
  /** First revision to look at. Default: from now on. */
  readonly startRevision?: bigint;
  /** Is told each failure that the watch survives. */
  readonly failed?: (error: unknown) => void;
}

/**
 * Resolves when one of the keys is changed; with `compacted` when that may have been missed.
 *
 * @param hasHappened asked once the server has the watch; the wait ends when it answers true
 * @throws the reason of the signal when it aborts; EtcdError when the watch cannot go on
 */
export async function waitForEvent(
  keys: Watchable,
  { signal, filter, endsIt, startRevision, failed }: WaitForEventOptions,
  hasHappened?: () => Promise<boolean>,
): Promise<WatchResult> {
  signal.throwIfAborted();
  const watcher = keys.watch({ startRevision, filter, signal });
  if (failed !== undefined) watcher.on('disconnected', failed);
  try {
    if (hasHappened !== undefined) {
      await watcher.ready;
      if (await hasHappened()) return 'seen';
    }
    for await (const batch of watcher.batches()) {
      if (endsIt === undefined || (await endsIt(batch))) return 'seen';
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CompactedError) return 'compacted';
    throw error;
  } finally {
    await watcher.cancel();
  }
  signal.throwIfAborted();
  // A watch that ends by itself, without having been cancelled, ends with its client.
  throw clientClosed({ outcome: 'not-sent' });
}
