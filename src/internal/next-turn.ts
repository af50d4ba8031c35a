/** The platform's own, taken when this is loaded: fake timers of test runners come later, and stand still. */
const schedule = setImmediate;
const unschedule = clearImmediate;

/** Calls this in the next turn of the event loop; returns how to take that back. */
export function nextTurn(act: () => void): () => void {
  const handle = schedule(act);
  return () => unschedule(handle);
}
