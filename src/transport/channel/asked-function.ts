import { type ErrorDetails, EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';

/** Milliseconds that a function of the user has for its answer before it is asked again. */
const ANSWER_TIMEOUT_MS = 3_000;

/** The context in which a function of the user is asked. */
export interface AskedFunctionContext<T> {
  readonly clock: Clock;
  /** The name of the function in errors: `token function`. */
  readonly name: string;
  call(): T | Promise<T>;
  /** Makes the error of an ask that failed. */
  failed(message: string, details: ErrorDetails): EtcdError;
}

/**
 * A function of the user that is asked for something again and again. One answer that never comes must
 * not end the use of the client: an ask is given up after a time. If its answer comes after all, while
 * the function is being asked again, it counts, so that a slow function is of use too.
 */
export class AskedFunction<T> {
  readonly #context: AskedFunctionContext<T>;
  readonly #overdue = new Set<Promise<T>>();
  #asking = 0;

  constructor(context: AskedFunctionContext<T>) {
    this.#context = context;
  }

  /** The reason of the wait for an answer; `undefined` when nobody waits. */
  get silence(): string | undefined {
    return this.#asking > 0 ? `the ${this.#context.name} has not answered` : undefined;
  }

  /** Asks the function. Rejects with the error that `failed` makes: for what it throws, and for its silence. */
  async ask(): Promise<T> {
    const { clock, name, failed } = this.#context;
    const answer = this.#call();
    this.#asking++;
    let limit = (): void => {};
    const silence = new Promise<never>((_, reject) => {
      const patience = setPatience(
        clock,
        () => {
          this.#wait(answer);
          const message = `the ${name} did not answer within ${ANSWER_TIMEOUT_MS} ms`;
          reject(failed(message, { outcome: 'not-sent', retryable: true }));
        },
        ANSWER_TIMEOUT_MS,
      );
      limit = () => patience.cancel();
    });
    try {
      return await Promise.race([answer, ...this.#overdue, silence]);
    } finally {
      this.#asking--;
      limit();
    }
  }

  /** The answer of the function counts for the callers that ask next. */
  #wait(answer: Promise<T>): void {
    this.#overdue.add(answer);
    const settled = (): void => void this.#overdue.delete(answer);
    answer.then(settled, settled);
  }

  async #call(): Promise<T> {
    const { call, name, failed } = this.#context;
    try {
      return await call();
    } catch (cause) {
      // An answer that is wrong is told in words of our own.
      if (cause instanceof EtcdError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw failed(`the ${name} failed: ${text}`, { outcome: 'not-sent', cause });
    }
  }
}
