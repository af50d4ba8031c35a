import { showWord } from './describe.js';
import { invalidArgument } from './invalid-argument.js';

/** The event that Node's own helpers listen to on every emitter. */
const NODE_ERROR = 'error';

/**
 * Makes the check of what an emitter is given, from the names of all its events: a listener for any
 * other would wait for ever. Only `error` is taken by all, since `once` and `on` of `node:events` listen to
 * it besides the event they are asked for.
 *
 * @example
 * const checkListener = listenerCheck<LeaseEvents>({ renewed: true, lost: true });
 */
export function listenerCheck<Events>(
  events: Readonly<Record<keyof Events & string, true>>,
): (event: string, listener: unknown) => void {
  const names = Object.keys(events);
  return (event, listener) => {
    if (!names.includes(event) && event !== NODE_ERROR) {
      throw invalidArgument('event', showWord(event), `allowed are ${names.join(', ')}`);
    }
    if (typeof listener !== 'function') throw invalidArgument('listener', listener, 'a function');
  };
}
