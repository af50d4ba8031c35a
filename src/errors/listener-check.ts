import { showWord } from './describe.js';
import { invalidArgument } from './invalid-argument.js';

/**
 * Makes the check of what an emitter is given, from the names of all its events: a listener for any
 * other would wait for ever.
 *
 * @example
 * const checkListener = listenerCheck<LeaseEvents>({ renewed: true, lost: true });
 */
export function listenerCheck<Events>(
  events: Readonly<Record<keyof Events & string, true>>,
): (event: string, listener: unknown) => void {
  const names = Object.keys(events);
  return (event, listener) => {
    if (!names.includes(event)) {
      throw invalidArgument('event', showWord(event), `allowed are ${names.join(', ')}`);
    }
    if (typeof listener !== 'function') throw invalidArgument('listener', listener, 'a function');
  };
}
