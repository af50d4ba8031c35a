import type { EtcdClient } from '../client.js';
import type { EtcdError } from '../errors/index.js';
import { clockOf } from '../internal/clock-of.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';
import { waitForEvent } from './wait-for-event.js';

/** Key that is watched while it is held. */
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

/** Watches a key; rejects when it is gone or nobody can tell, and resolves after the signal's abort. */
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
