import { EventEmitter } from 'eventemitter3';

/** The arguments of the listeners of each event, by the event's name. */
export type EventArguments<Events> = { [Name in keyof Events]: readonly unknown[] };

/** Throws for an unknown event, and for a listener that is not a function. */
export type ListenerCheck = (event: string, listener: unknown) => void;

type Listener = (...args: never[]) => unknown;
type AnyListener = (...args: unknown[]) => void;

/**
 * Events with typed names and arguments. Subclasses emit; everyone may listen.
 *
 * Listeners are the user's code. One that throws neither stops the other listeners nor disturbs the
 * library. Its error is thrown again in a microtask of its own, as the platform's `EventTarget` does, so it
 * becomes an `uncaughtException`. An `error` event without a listener does not throw.
 */
export class TypedEmitter<Events extends EventArguments<Events>> {
  readonly #emitter = new EventEmitter<string>();
  readonly #check: ListenerCheck;

  /** @param check throws for an unknown event, and for a listener that is not a function */
  constructor(check: ListenerCheck) {
    this.#check = check;
  }

  /** Calls `listener` at each `event`. Throws for an unknown event, and for a listener that is not a function. */
  on<Name extends keyof Events & string>(
    event: Name,
    listener: (...args: Events[Name]) => void,
  ): this {
    this.#check(event, listener);
    this.#emitter.on(event, guarded(listener));
    return this;
  }

  /** Calls `listener` at the next `event` alone. Throws as `on` does. */
  once<Name extends keyof Events & string>(
    event: Name,
    listener: (...args: Events[Name]) => void,
  ): this {
    this.#check(event, listener);
    this.#emitter.once(event, guarded(listener));
    return this;
  }

  /** Takes `listener` away from `event`, however often it was added. Throws as `on` does. */
  off<Name extends keyof Events & string>(
    event: Name,
    listener: (...args: Events[Name]) => void,
  ): this {
    this.#check(event, listener);
    this.#emitter.off(event, guarded(listener));
    return this;
  }

  /** Another name for `off`, which `once` and `on` of `node:events` call. */
  removeListener<Name extends keyof Events & string>(
    event: Name,
    listener: (...args: Events[Name]) => void,
  ): this {
    return this.off(event, listener);
  }

  /** Calls the listeners of `event` in the order they came; answers whether there were any. */
  protected emit<Name extends keyof Events & string>(event: Name, ...args: Events[Name]): boolean {
    return this.#emitter.emit(event, ...args);
  }

  /** Returns the number of listeners of `event`. */
  protected listenerCount(event: keyof Events & string): number {
    return this.#emitter.listenerCount(event);
  }

  /** Takes all listeners of all events away. */
  protected removeAllListeners(): void {
    this.#emitter.removeAllListeners();
  }
}

/** The one guarded form of each listener, so that `off` finds what `on` put in. */
const guardedForms = new WeakMap<Listener, AnyListener>();

function guarded(listener: Listener): AnyListener {
  const known = guardedForms.get(listener);
  if (known !== undefined) return known;
  const call = listener as AnyListener;
  const guard: AnyListener = (...args) => {
    try {
      call(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
  guardedForms.set(listener, guard);
  return guard;
}
