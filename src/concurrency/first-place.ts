import type { EtcdClient } from '../client.js';
import type { EtcdError } from '../errors/index.js';
import type { QueuePosition } from './queue-entry.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import type { SessionKey } from './session-key.js';
import type { Wait } from './wait.js';
import { waitUntilKeyMayBeGone } from './wait-for-event.js';

/** The context of a wait for the first place. */
export interface FirstPlaceContext {
  readonly etcd: EtcdClient;
  readonly sessionKey: SessionKey;
  readonly position: QueuePosition;
  readonly wait: Wait;
  /** Is told the revision of the key that is waited for. */
  readonly behind: (revision: bigint) => void;
  /** Finds out why the key is gone, and makes the error for it. */
  readonly gone: () => Promise<EtcdError>;
}

/**
 * Waits until this key is the first of the queue; answers the revision of the store at which it is.
 *
 * The waiter watches the one key right before its own, so that a release wakes one waiter and not all. That
 * one may leave early, so afterwards it looks again, and at its own key too.
 */
export async function waitForFirstPlace(context: FirstPlaceContext): Promise<bigint> {
  const { etcd, sessionKey, wait } = context;
  const { key, prefix } = sessionKey.key;
  const { revision } = context.position;
  const before = etcd
    .prefix(prefix)
    .createdUntil(revision - 1n)
    .sortBy('createRevision', 'desc')
    .limit(1);
  const look = etcd.txn().then(etcd.op.get(key), etcd.op.get(before));
  for (let { ahead } = context.position; ; ) {
    if (ahead !== undefined) {
      wait.ahead = ahead;
      context.behind(ahead.createRevision);
      await waitUntilKeyMayBeGone(etcd, ahead, wait, { prefix });
    }
    const { results, header } = await wait.attempt(() =>
      look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
    );
    sessionKey.answered(header);
    const [own, others] = results;
    if (own?.createRevision !== revision) throw await context.gone();
    ahead = others?.kvs[0];
    if (ahead === undefined) return header.revision;
  }
}
