import { type Outcome, type TimeoutError, timedOut } from '../../errors/index.js';
import { ignore } from '../../internal/deferred.js';
import type { Linked } from '../../internal/linked-list.js';
import type { TransportCallOptions } from '../transport.js';

/** The properties that decide how a call travels. */
export interface EntryShape {
  /** Calls of one identity are sent one after the other; `undefined` for no such rule. */
  readonly identity: string | undefined;
  /** Bytes it adds to a batch: to the request, or to the answer where that is larger. */
  readonly bytes: number;
  /** True if it cannot share a batch: it goes straight to the transport. */
  readonly alone: boolean;
  /** Repeating it after an unknown outcome does no harm. Only calls that agree on this share a batch. */
  readonly repeatable: boolean;
}

/**
 * The stage of a gathered call.
 *
 * - `waiting`: nothing of it was sent.
 * - `batched`: it is under way with others; its deadline and its signal are watched by the gatherer.
 * - `alone`: it is a call of its own, which the transport looks after.
 * - `settled`: its caller has an answer or an error.
 */
export type Stage = 'waiting' | 'batched' | 'alone' | 'settled';

/** One gathered call, from the caller's side. */
export class Entry<Request, Response> implements Linked<Entry<Request, Response>> {
  previous: Entry<Request, Response> | undefined;
  next: Entry<Request, Response> | undefined;
  readonly request: Request;
  readonly shape: EntryShape;
  readonly options: TransportCallOptions;
  /** The time at which the call was made, on the clock's scale. */
  readonly since: number;
  /** Milliseconds it may take; 0 for no limit. */
  readonly timeoutMs: number;
  readonly promise: Promise<Response>;
  stage: Stage = 'waiting';
  /** Removes the listener from the caller's signal. */
  stopListening: () => void = ignore;
  #resolve!: (response: Response) => void;
  #reject!: (error: unknown) => void;

  constructor(
    request: Request,
    shape: EntryShape,
    options: TransportCallOptions,
    since: number,
    timeoutMs: number,
  ) {
    this.request = request;
    this.shape = shape;
    this.options = options;
    this.since = since;
    this.timeoutMs = timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The moment it fails, on the clock's scale; `Infinity` for none. */
  get deadline(): number {
    return this.timeoutMs === 0 ? Infinity : this.since + this.timeoutMs;
  }

  /** The outcome to tell when its caller gives up now. */
  get outcome(): Outcome {
    return this.stage === 'waiting' ? 'not-sent' : 'unknown';
  }

  /** Gives the caller an answer, unless it has one. */
  settle(response: Response): void {
    if (this.#leave()) this.#resolve(response);
  }

  /** Gives the caller an error, unless it has an answer. */
  fail(error: unknown): void {
    if (this.#leave()) this.#reject(error);
  }

  /** Makes the error of its own deadline. */
  timedOut(method: string): TimeoutError {
    const { outcome } = this;
    const retryable = this.shape.repeatable || outcome === 'not-sent';
    return timedOut(method, this.timeoutMs, { method, outcome, retryable });
  }

  #leave(): boolean {
    if (this.stage === 'settled') return false;
    this.stage = 'settled';
    this.stopListening();
    return true;
  }
}
