import { EtcdError, TimeoutError } from '../errors/index.js';

/** The error for whoever asks a watch for a revision that nobody knows yet. */
export function notReady(): never {
  throw new EtcdError(
    'a watch from now on has no revision before a server has registered it: await watcher.ready first',
    { code: 'NOT_READY', method: 'Watch.Watch', outcome: 'not-applied' },
  );
}

/** The error of a watch that its own `timeoutMs` has ended. */
export function watchTimedOut(timeoutMs: number): TimeoutError {
  return new TimeoutError(
    `the watch was ended by its timeoutMs of ${timeoutMs} ms, which is the whole life of a watch: leave it out, or use signal`,
    { method: 'Watch.Watch', outcome: 'not-applied' },
  );
}
