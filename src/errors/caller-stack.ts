import { EtcdError } from './etcd-error.js';

/** Frames of the client that may stand before those of its caller. */
const INNER_FRAMES = 20;

/**
 * Gives an error the stack of the place it is thrown at, and returns it.
 *
 * Errors of servers and timers are made in callbacks, whose stack has no line of the application. In an
 * async function, after an `await`, the engine knows who awaits the function, up to the application. So
 * this is called there, just before the error is thrown again; nothing is done for calls that succeed.
 */
export function addCallerStack<E>(error: E): E {
  if (error instanceof EtcdError) captureStack(error, addCallerStack);
  return error;
}

/**
 * Returns a promise that callbacks settle, whose error gets the stack of the code that awaits it. The engine finds
 * the awaiting functions from a reaction, too, which costs a call that succeeds less than an async function.
 */
export function withCallerStack<T>(promise: Promise<T>): Promise<T> {
  return promise.then(undefined, throwWithCallerStack);
}

function throwWithCallerStack(error: unknown): never {
  throw addCallerStack(error);
}

/**
 * Returns a promise whose error gets the stack of this call. For promises that stand as properties: there
 * the engine does not know who awaits them, but it knows who reads the property.
 */
export function withStackOfHere<T>(promise: Promise<T>): Promise<T> {
  const here: { readonly stack?: string } = {};
  captureStack(here, withStackOfHere);
  return promise.catch((error) => {
    if (error instanceof EtcdError) {
      const frames = here.stack?.slice(here.stack.indexOf('\n'));
      error.stack = `${error.name}: ${error.message}${frames ?? ''}`;
    }
    throw error;
  });
}

function captureStack(target: object, above: (...args: never[]) => unknown): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = stackTraceLimit > 0 ? stackTraceLimit + INNER_FRAMES : 0;
  Error.captureStackTrace(target, above);
  Error.stackTraceLimit = stackTraceLimit;
}
