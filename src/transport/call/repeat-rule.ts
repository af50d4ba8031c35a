import { type EtcdError, isTransient, isUnexplained, needsNewToken } from '../../errors/index.js';

/** Number of times that one call fetches another token before it gives up. */
const MOST_TOKEN_REFRESHES = 5;

/** Number of times that one call is sent again after a failure that nothing explains: about a second. */
const MOST_UNEXPLAINED = 5;

/** The facts about a call that the rule needs. */
export interface RepeatedCall {
  /** True if it was sent to one endpoint and may go to no other. */
  readonly pinned: boolean;
  /** The client can get another token. */
  readonly renewable: boolean;
  /** Repeating it after an unknown outcome does no harm. */
  readonly repeatable: boolean;
  /** False if the call is not to wait until one of its endpoints is up again. */
  mayServe(): boolean;
  /** There are endpoints that may be of the right cluster. */
  hopeful(): boolean;
  /** There are endpoints that may be voting members. */
  mayHaveVoter(): boolean;
}

/** Decides whether a call is sent again: the retry rules of the method table. */
export class RepeatRule {
  readonly #call: RepeatedCall;
  #refreshes = 0;
  #unexplained = 0;

  constructor(call: RepeatedCall) {
    this.#call = call;
  }

  /** Returns whether the call goes on after this failure. */
  again(error: EtcdError): boolean {
    const { pinned, renewable, repeatable, mayServe, hopeful, mayHaveVoter } = this.#call;
    if (!mayServe()) return false;
    if (needsNewToken(error)) return renewable && this.#refreshes++ < MOST_TOKEN_REFRESHES;
    if (isUnexplained(error) && this.#unexplained++ === MOST_UNEXPLAINED) return false;
    switch (error.code) {
      case 'CLUSTER_ID_MISMATCH':
        return repeatable && !pinned && hopeful();
      case 'NOT_SUPPORTED_FOR_LEARNER':
        return !pinned && mayHaveVoter();
      default:
        return isTransient(error) || (error.retryable && error.outcome !== 'not-applied');
    }
  }
}
