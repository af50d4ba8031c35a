import type { Clock } from './clock.js';
import { onAbort } from './linked-signal.js';

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. Leaves nothing behind. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const timer = clock.setTimeout(() => {
      stopListening();
      resolve();
    }, delayMs);
    const stopListening = onAbort(signal, (reason) => {
      timer.cancel();
      reject(reason);
    });
  });
}
