import type { EtcdError } from '../errors/index.js';
import { withJson } from '../internal/printable.js';
import type { ClaimState, ClaimWords } from './claim-state.js';
import type { LockState } from './lock-state.js';

/**
 * Returns the state of a claim as its owner sees it.
 *
 * @param reason makes the reason of one that has ended
 */
export function lockStateOf(state: ClaimState, reason: () => EtcdError): LockState {
  switch (state.kind) {
    case 'waiting':
      return withJson({
        kind: 'waiting',
        revision: state.position.revision,
        behind: state.behind,
      });
    case 'held':
      return withJson({ kind: 'held', revision: state.position.revision });
    case 'leaving':
    case 'over':
      return { kind: state.kind, reason: reason() };
    default:
      return { kind: state.kind };
  }
}

/** Says what a claim does with its key, for the message of those of its session that wait. */
export function describeClaim(
  state: ClaimState,
  key: string,
  { oncePerSession }: ClaimWords,
): string {
  switch (state.kind) {
    case 'held':
      return `this very session holds it, by the key ${key} since revision ${state.position.revision}: ${oncePerSession}`;
    case 'leaving':
    case 'over':
      return `this session is still deleting the key ${key} that it had before`;
    default:
      return 'another call of this session waits for it';
  }
}
