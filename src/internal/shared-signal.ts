import { setMaxListeners } from 'node:events';

/**
 * An abort controller whose signal may be handed to any number of calls at once. Node takes more than ten
 * listeners for a leak and prints a warning. For a signal that many calls depend on they are the normal case.
 */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
