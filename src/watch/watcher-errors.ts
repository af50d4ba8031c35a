import { EtcdError, type TimeoutError, timedOut } from '../errors/index.js';

/** Throws the error of a watch that is asked for a revision which nobody knows yet. */
export function notReady(): never {
  throw new EtcdError(
    'a watch from now on has no revision before a server has registered it: await watcher.ready first',
    { code: 'NOT_READY', method: 'Watch.Watch', outcome: 'not-applied' },
  );
}

/** Makes the error of a watch that its own `timeoutMs` has ended. */
export function watchTimedOut(what: string, timeoutMs: number): TimeoutError {
  return timedOut(what, timeoutMs, {
    reason: 'timeoutMs limits its whole life: leave it out, or use signal',
    method: 'Watch.Watch',
    outcome: 'not-applied',
  });
}
