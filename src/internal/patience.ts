import type { Clock, TimerHandle } from './clock.js';

/** Milliseconds of one step of a wait. Between two steps the event loop reads what a peer sent. */
const STEP_MS = 100;

/** A step that ends later than this was held up by the process itself. */
const LATE_MS = 50;

/**
 * Calls `callback` once a peer has had `delayMs` to be heard.
 *
 * A plain timer that was held up by a busy process runs before the process reads what has arrived
 * meanwhile, and the peer gets the blame. So this time goes by in steps, between which the event loop
 * reads. A step that was held up counts as one step, however long it took, and is never the last one.
 */
export function setPatience(clock: Clock, callback: () => void, delayMs: number): TimerHandle {
  let referenced = true;
  let timer: TimerHandle;
  const step = (leftMs: number): void => {
    const stepMs = clock.punctual === true ? leftMs : Math.min(leftMs, STEP_MS);
    const dueAt = clock.now() + stepMs;
    timer = clock.setTimeout(() => {
      const late = clock.now() - dueAt > LATE_MS;
      if (leftMs > stepMs || late) step(leftMs - stepMs);
      else callback();
    }, stepMs);
    if (!referenced) timer.unref();
  };
  step(delayMs);
  return {
    cancel: () => timer.cancel(),
    unref: () => {
      referenced = false;
      timer.unref();
    },
  };
}
