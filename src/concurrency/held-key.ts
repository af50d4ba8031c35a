import type { EtcdClient } from '../client.js';
import type { EtcdError } from '../errors/index.js';
import { clockOf } from '../internal/clock-of.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';
import { waitForEvent } from './wait-for-event.js';

/** A key that a lock or a leadership holds, and what its watch needs. */
export interface HeldKey {
  readonly key: string;
  /** Revision that created the key. */
  readonly revision: bigint;
  /** Revision of the store at which the key was the first of its queue. */
  readonly asOf: bigint;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Makes the error for a key that somebody else deleted. */
  gone(): EtcdError;
}

/**
 * Watches a key that is held. Resolves after an abort of `signal`, and never otherwise.
 *
 * A deletion that the watch sees is the end of the key. After a compaction the watch may have missed one. Then
 * the key is read: if it is the same one, it is watched again from the next revision on.
 *
 * @throws the error of `gone()` when the key was deleted, also if it was created again since
 * @throws EtcdError when the watch or the read cannot go on, so that nobody knows
 */
export async function watchHeldKey(
  etcd: EtcdClient,
  { key, revision, asOf, signal, gone }: HeldKey,
): Promise<void> {
  const own = etcd.range(key);
  try {
    for (let startRevision = asOf + 1n; ; ) {
      const result = await waitForEvent(own, { startRevision, filter: 'delete', signal });
      if (result === 'seen') throw gone();
      const { kvs, header } = await retryUntilAnswered(
        clockOf(etcd),
        () => own.all({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
        signal,
      );
      if (kvs[0]?.createRevision !== revision) throw gone();
      startRevision = header.revision + 1n;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
