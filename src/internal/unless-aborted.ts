import { onAbort } from './linked-signal.js';

/**
 * Resolves or rejects as `work` does, or rejects with the signal's reason as soon as it aborts. A
 * signal that has aborted already wins, even over finished work. The work itself goes on. Its result or
 * failure is dropped, so the caller undoes what it brings.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, reject);
    work.then(
      (value) => {
        stopListening();
        resolve(value);
      },
      (error) => {
        stopListening();
        reject(error);
      },
    );
  });
}
