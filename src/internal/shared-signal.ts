import { setMaxListeners } from 'node:events';

/**
 * An abort controller whose signal may be handed to any number of calls at once. The platform takes
 * more than ten listeners for a leak and prints a warning; for a signal that work of all kinds depends
 * on they are the normal case.
 */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
