import type { Outcome } from '../errors/index.js';
import type { KeyValue } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import type { AcquireOptions } from './acquire-options.js';
import type { ClaimContext, ClaimState } from './claim-state.js';
import type { SessionKey } from './session-key.js';
import { Wait } from './wait.js';

/**
 * Makes the wait of a claim, which says in the words of the claim what was not reached and why.
 *
 * @param state returns the present state of the claim
 */
export function claimWait(
  context: ClaimContext,
  sessionKey: SessionKey,
  state: () => ClaimState,
  options: AcquireOptions,
): Wait {
  const { session, key, words } = context;
  const { etcd } = session;
  const isQueued = (): boolean => state().kind === 'queued';
  const outcome = (): Outcome => (isQueued() ? 'not-sent' : 'unknown');
  const localReason = () => (isQueued() ? sessionKey.holder?.describe() : undefined);
  return new Wait(
    {
      name: key.name,
      clock: clockOf(etcd),
      what: words.notReached(key.name),
      sessionSignal: session.signal,
      outcome,
      localReason,
      describeHolder: (first) => describeFirst(context, state(), first),
      ask: (timeoutMs) => etcd.get(key.key, { timeoutMs }),
    },
    options,
  );
}

function describeFirst(
  { key, words, waitForTurn }: ClaimContext,
  state: ClaimState,
  first: KeyValue,
): string {
  if (state.kind === 'waiting' && state.position.revision === first.createRevision) {
    return `the key ${first.key} is now the first in the queue, but the time ended before that was confirmed`;
  }
  const holder = words.describeHolder(first);
  // Where the turn does not come with the first place, to be the first is nothing strange.
  const isStrange = first.key === key.key && waitForTurn === undefined;
  return isStrange ? `${holder}: another session has adopted this lease` : holder;
}
