import { checkFunction, type EtcdError, invalidArgument } from '../errors/index.js';
import { ignore, quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { sharedController } from '../internal/shared-signal.js';
import {
  type AcquireOptions,
  checkWithLockOptions,
  type WithLockOptions,
} from './acquire-options.js';
import type { Claim, HeldClaim } from './claim.js';
import type { Removal } from './session-key.js';

/**
 * Longest time in milliseconds that `withLock` waits for its release, so that a result which is there
 * reaches its caller.
 */
const RELEASE_TIMEOUT_MS = 5_000;

/** Checks the arguments of `withLock` and its kin. */
export function checkWork(work: unknown, options: WithLockOptions): void {
  if (work === undefined) throw invalidArgument('work', work, 'a function');
  checkFunction('work', work);
  checkWithLockOptions(options);
}

/** Returns the options of the wait alone. */
export function waitOptions({ signal, timeoutMs }: WithLockOptions): AcquireOptions {
  return { signal, timeoutMs };
}

/**
 * Does something while a claim holds its name, and releases it however that ends.
 *
 * @param lost makes the error for a key that was gone when it was released
 * @throws what the work throws; the loss when the name was lost before the work had ended
 */
export async function workWhileHeld<T>(
  { claim, key }: HeldClaim,
  work: (signal: AbortSignal) => T | Promise<T>,
  options: WithLockOptions,
  lost: (key: string) => EtcdError,
): Promise<T> {
  using linked = new LinkedSignal({
    signals: [claim.signal, options.signal],
    controller: sharedController(),
  });
  let result: T;
  try {
    result = await work(linked.signal);
  } catch (error) {
    // The error of the work says more than that of a release that fails too.
    await releaseSoon(claim, options).catch(ignore);
    throw error;
  }
  const loss = claim.loss;
  const givenBack = claim.signal.aborted;
  const removal = await releaseSoon(claim, options);
  if (options.onLost === 'ignore') return result;
  if (loss !== undefined) throw loss;
  if (removal === 'absent' && !givenBack) throw lost(key);
  return result;
}

/** Releases a claim; resolves with `unknown` when that takes too long, and it goes on in the background. */
async function releaseSoon(
  claim: Claim,
  { signal, timeoutMs = 0 }: AcquireOptions,
): Promise<Removal> {
  const limitMs = timeoutMs === 0 ? RELEASE_TIMEOUT_MS : Math.min(timeoutMs, RELEASE_TIMEOUT_MS);
  const released = quiet(claim.release());
  using enough = new LinkedSignal({ signals: [signal] });
  try {
    const late = delay(claim.clock, limitMs, enough.signal).catch(ignore);
    return await Promise.race([released, late.then((): Removal => 'unknown')]);
  } finally {
    enough.abort(undefined);
  }
}
