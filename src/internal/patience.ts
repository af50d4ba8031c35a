import type { Clock, TimerHandle } from './clock.js';

/** Milliseconds of one step of a wait. Between two steps the event loop reads what a peer sent. */
const STEP_MS = 100;

/** A step that ends later than this was held up by the process itself. */
const LATE_MS = 50;

/**
 * Calls `callback` after at least `delayMs`, and never before this process has read what a peer sent in time.
 * Use it to decide that a peer is silent.
 *
 * A plain timer that was held up by a busy process runs before the process reads what has arrived
 * meanwhile. The peer would then be taken for silent. So the time is divided into steps, and the event loop
 * reads between two steps. A step that was held up counts as one step, however long it took. It is never the
 * last one. On a clock that is `punctual` there is one step.
 *
 * @returns the handle of the whole wait: `cancel()` ends it, and `unref()` lets the process end meanwhile
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
