/** The platform's own, taken when this is loaded: fake timers of test runners come later, and stand still. */
const schedule = setImmediate;
const unschedule = clearImmediate;
const microtask = queueMicrotask;
const tick = process.nextTick;

/** Calls this in the next turn of the event loop; returns how to take that back. */
export function nextTurn(act: () => void): () => void {
  const handle = schedule(act);
  return () => unschedule(handle);
}

/** Calls this before the event loop goes on. */
export function beforeNextTurn(act: () => void): void {
  tick(act);
}

/** Calls this when the promises at hand have been heard, as `queueMicrotask` does. */
export function inMicrotask(act: () => void): void {
  microtask(act);
}
