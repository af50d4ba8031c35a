import { onAbort } from './linked-signal.js';

/**
 * Resolves or rejects as `work` does, or rejects with the signal's reason as soon as it aborts. The work
 * itself goes on.
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
