import type { Endpoint } from '../connection/endpoint.js';

/** Codes of refusals for the size of a batch. */
export const TOO_LARGE: ReadonlySet<string> = new Set([
  'TOO_MANY_OPERATIONS',
  'REQUEST_TOO_LARGE',
  'RESPONSE_TOO_LARGE',
]);

/**
 * Upper limit on the operations of a batch for each endpoint: the configured number, until a server
 * refuses a batch for its size. Each server has limits of its own, so others may take what one refuses.
 */
export class BatchLimits {
  readonly #most: number;
  readonly #lowered = new WeakMap<Endpoint, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the limit of an endpoint. */
  of(endpoint: Endpoint): number {
    return this.#lowered.get(endpoint) ?? this.#most;
  }

  /** Notes that the endpoint refused a batch of this many operations for its size. */
  refused(endpoint: Endpoint, operations: number): void {
    const half = Math.max(1, Math.floor(operations / 2));
    if (half < this.of(endpoint)) this.#lowered.set(endpoint, half);
  }
}
