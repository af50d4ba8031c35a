/** A promise together with the functions that settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  /** Settles it; later calls change nothing. */
  resolve(value: T | PromiseLike<T>): void;
  reject(error: unknown): void;
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = unset;
  let reject: Deferred<T>['reject'] = unset;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/**
 * Marks a promise as looked after: code that awaits it still gets the rejection, but if none does, it
 * is no unhandled rejection.
 */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

/** Does nothing with what it is given: for results that nobody waits for. */
export function ignore(): void {}

/** The executor of a promise runs at once, so this is never called. */
function unset(): void {}
