import { type Outcome, TimeoutError } from '../../errors/index.js';
import type { TransportCallOptions } from '../transport.js';

/** Bytes of requests in one batch, at most: the server's limit for a request is three times this. */
export const MOST_BATCH_BYTES = 512 * 1024;

/** What decides which calls may travel together. */
export interface EntryShape {
  /** Calls of one identity are never under way together; `undefined` for no such rule. */
  readonly identity: string | undefined;
  /** Bytes it adds to a batch. */
  readonly bytes: number;
  /** It travels by itself, but in its turn. */
  readonly alone: boolean;
  /** It may be repeated whatever became of it. Only calls that agree on this share a batch. */
  readonly repeatable: boolean;
}

/**
 * Where a gathered call stands.
 *
 * - `waiting`: nothing of it was sent.
 * - `batched`: it is under way with others; its deadline and its signal are watched by the gatherer.
 * - `alone`: it is a call of its own, which the transport looks after.
 * - `settled`: its caller has an answer or an error.
 */
export type Stage = 'waiting' | 'batched' | 'alone' | 'settled';

/** One gathered call, from the caller's side. */
export class Entry<Request, Response> {
  readonly request: Request;
  readonly shape: EntryShape;
  readonly options: TransportCallOptions;
  /** When it was made, and how long it may take; 0 for any time. */
  readonly since: number;
  readonly timeoutMs: number;
  readonly promise: Promise<Response>;
  stage: Stage = 'waiting';
  /** Takes the listener off the caller's signal. */
  stopListening: () => void = nothing;
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

  /** What is to be said of it when its caller gives up now. */
  get outcome(): Outcome {
    return this.stage === 'waiting' ? 'not-sent' : 'unknown';
  }

  /** Gives the caller an answer, unless it has one. */
  settle(response: Response): void {
    if (this.#leave()) this.#resolve(response);
  }

  /** The same with an error. */
  fail(error: unknown): void {
    if (this.#leave()) this.#reject(error);
  }

  /** The error of its own deadline. */
  timedOut(method: string): TimeoutError {
    const message = `${method} took longer than ${this.timeoutMs} ms`;
    const { outcome } = this;
    const retryable = this.shape.repeatable || outcome === 'not-sent';
    return new TimeoutError(message, { method, outcome, retryable });
  }

  #leave(): boolean {
    if (this.stage === 'settled') return false;
    this.stage = 'settled';
    this.stopListening();
    return true;
  }
}

function nothing(): void {}
