import { checkCallOptions, checkKnownOptions } from '../errors/index.js';

/** How long to wait for a lock or for leadership. */
export interface AcquireOptions {
  /** Ends the wait: it rejects at once with `ABORTED`, and what was sent is undone behind it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the wait ends with a `TimeoutError`; 0 means none. Default: none, so that the
   * wait ends with the session at the latest.
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * Checks the options of a wait.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkAcquireOptions(options: AcquireOptions): void {
  checkKnownOptions('options', options, ['signal', 'timeoutMs']);
  checkCallOptions(options);
}
