import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from '../concurrency/retry-until-answered.js';
import { EtcdError, TakeUnknownError } from '../errors/index.js';
import type { KeyValue, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';

/**
 * Takes an item: deletes its record, if it is still the same one. The attempt is never cut short, since an
 * item that was taken and not handed over would be lost; an abort counts between two attempts.
 *
 * @returns true when this call took it, false when it was gone already
 * @throws TakeUnknownError when that cannot be known; the error of a request that took nothing
 */
export async function take(
  view: View<unknown, never>,
  item: KeyValue<unknown>,
  signal: AbortSignal,
): Promise<boolean> {
  const txn = view
    .txn()
    .if(view.compare(item.keyBytes).modRevision('==', item.modRevision))
    .then(view.op.delete(item.keyBytes));
  let lost: unknown;
  try {
    const { succeeded } = await retryUntilAnswered(
      clockOf(view),
      () => txn.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
      signal,
      (error) => {
        if (mayHaveTaken(error)) lost = error;
      },
    );
    if (succeeded || lost === undefined) return succeeded;
  } catch (error) {
    if (lost === undefined) throw error;
  }
  const { keyBytes, valueBytes } = item;
  throw new TakeUnknownError({ keyBytes, valueBytes, cause: lost });
}

function mayHaveTaken(error: unknown): boolean {
  return error instanceof EtcdError && error.outcome === 'unknown';
}
