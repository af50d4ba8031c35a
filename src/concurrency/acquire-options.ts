import {
  checkCallOptions,
  checkKnownOptions,
  invalidArgument,
  type OptionNames,
} from '../errors/index.js';
import type { View } from '../index.js';

/** Limits of the wait for a lock or for leadership. */
export interface AcquireOptions {
  /** Ends the wait: it rejects at once with `ABORTED`, and what was sent is undone in the background. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the wait ends with a `TimeoutError`; 0 means none. Default: none, so that the
   * wait ends with the session at the latest.
   */
  readonly timeoutMs?: number | undefined;
}

/** Limits of the wait until a lock or a leadership is given back. */
export interface ReleaseOptions {
  /** Ends the wait: it rejects at once with `ABORTED`. The key is deleted in the background. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the wait ends with a `TimeoutError`; 0 means none. Default: none, so that the
   * wait ends with the session at the latest. The key is deleted in the background.
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `withLock`: limits of the wait, and the reaction to a loss. */
export interface WithLockOptions extends AcquireOptions {
  /**
   * The reaction when the lock is lost before the work has ended: `reject` with the loss, or `ignore`
   * it and resolve with the result. Default: `reject`.
   */
  readonly onLost?: 'reject' | 'ignore' | undefined;
}

const WAIT_NAMES: OptionNames<AcquireOptions> = { signal: true, timeoutMs: true };

/**
 * Checks the options of a wait.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkWaitOptions(options: AcquireOptions | ReleaseOptions): void {
  checkKnownOptions('options', options, WAIT_NAMES);
  checkCallOptions(options);
}

/**
 * Checks the options of `withLock`.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkWithLockOptions(options: WithLockOptions): void {
  checkKnownOptions('options', options, { ...WAIT_NAMES, onLost: true });
  checkCallOptions(options);
  const { onLost = 'reject' } = options;
  if (onLost !== 'reject' && onLost !== 'ignore') {
    throw invalidArgument('onLost', onLost, "'reject' or 'ignore'");
  }
}

/** Checks a client or a view. */
export function checkView(name: string, view: unknown): asserts view is View<unknown, never> {
  const { txn, range } = (view ?? {}) as Partial<View<unknown, never>>;
  if (typeof txn === 'function' && typeof range === 'function') return;
  throw invalidArgument(name, view, 'a client or a view, such as etcd.namespace(...)');
}
