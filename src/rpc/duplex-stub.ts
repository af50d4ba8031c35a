import { type Iteration, iterateOnce, UnavailableError, withCallerStack } from '../errors/index.js';
import { type Deferred, deferred } from '../internal/deferred.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { AsyncQueue } from '../internal/queue.js';
import type { Method } from './method.js';
import type { RpcCaller, RpcCallOptions, RpcDuplex, RpcDuplexHandle } from './rpc-caller.js';

/** Answers that may wait for the consumer before the server is held back. */
const WAITING_ANSWERS = 16;

/**
 * A duplex call as an iteration of answers and a `send` that waits its turn. The call is opened at
 * once; what is sent meanwhile follows when it is open.
 */
export class DuplexStub<Request, Response> implements RpcDuplex<Request, Response> {
  readonly #name: string;
  readonly #answers: AsyncQueue<Response>;
  readonly #iteration: Iteration<Response>;
  readonly #signal: LinkedSignal;
  readonly #opening: Promise<RpcDuplexHandle<Request>>;
  #handle: RpcDuplexHandle<Request> | undefined;
  /** The latest message: the next is written after it. */
  #sent: Promise<unknown> = Promise.resolve();
  /** There while the connection has enough to write. */
  #drain: Deferred<void> | undefined;
  #end: { readonly error: unknown } | undefined;

  constructor(caller: RpcCaller, method: Method<Request, Response>, options: RpcCallOptions = {}) {
    this.#name = method.name;
    this.#signal = new LinkedSignal({ signals: [options.signal] });
    this.#answers = new AsyncQueue({
      highWaterMark: WAITING_ANSWERS,
      onFull: () => this.#handle?.pause(),
      onRoom: () => this.#handle?.resume(),
      onReturn: () => this.cancel(),
    });
    const source = {
      next: () => withCallerStack(this.#answers.next()),
      return: () => this.#answers.return(),
    };
    this.#iteration = iterateOnce(source, 'answers', 'make the call once more');
    this.#opening = this.#open(caller, method, options);
    // The iteration and each `send` tell of it; that nobody asks is no unhandled rejection.
    this.#opening.catch((error) => this.#onEnd(error));
  }

  send(message: Request): Promise<void> {
    const sent = this.#sent.then(() => this.#write(message));
    this.#sent = sent.catch(() => undefined);
    return withCallerStack(sent);
  }

  cancel(): void {
    this.#signal.abort(undefined);
  }

  [Symbol.asyncIterator](): Iteration<Response> {
    return this.#iteration[Symbol.asyncIterator]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#answers.return();
  }

  async #open(
    caller: RpcCaller,
    method: Method<Request, Response>,
    options: RpcCallOptions,
  ): Promise<RpcDuplexHandle<Request>> {
    const handle = await caller.duplex(
      method,
      {
        onMessage: (message) => this.#answers.push(message),
        onEnd: (error) => this.#onEnd(error),
        onDrain: () => this.#onDrain(),
      },
      { ...options, signal: this.#signal.signal },
    );
    this.#handle = handle;
    if (this.#answers.full) handle.pause();
    return handle;
  }

  async #write(message: Request): Promise<void> {
    const handle = await this.#opening;
    await this.#drain?.promise;
    if (this.#end !== undefined) {
      throw (
        this.#end.error ??
        new UnavailableError(`${this.#name}: the call is over`, {
          method: this.#name,
          outcome: 'not-sent',
        })
      );
    }
    if (!handle.write(message)) this.#drain ??= deferred();
  }

  #onDrain(): void {
    this.#drain?.resolve();
    this.#drain = undefined;
  }

  #onEnd(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#signal.dispose();
    this.#onDrain();
    if (error === undefined) this.#answers.end();
    else this.#answers.fail(error);
  }
}
