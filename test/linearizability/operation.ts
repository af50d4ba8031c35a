/** One operation of a history: its beginning and its end on the one line of time that all clients share. */
export interface Operation<Input, Output> {
  readonly client: number;
  readonly input: Input;
  /** The answer; `undefined` when nobody knows whether the operation took effect. */
  readonly output: Output | undefined;
  readonly begin: number;
  /** `Infinity` for one without an answer: it may take effect at any time after its beginning, or never. */
  readonly end: number;
}

/** An object as it would be if operations came one after the other. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * Returns the state after an operation, or `undefined` when it could not have this answer here. An operation
   * without an answer (`undefined`) takes effect here.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Returns a text that is the same for equal states. */
  keyOf(state: State): string;
  /** Tells an operation in a few words. */
  tell(input: Input, output: Output | undefined): string;
}

/** How an operation that was recorded ended. */
export interface Ending<Output> {
  returned(output: Output): void;
  /** It may have taken effect, now or later. */
  unknown(): void;
  /** It had no effect, and no answer that tells anything. */
  nothing(): void;
}

/** Records the operations of clients that live in one process, in the order of their beginnings and ends. */
export class Recorder<Input, Output> {
  readonly #operations: Operation<Input, Output>[] = [];
  #moment = 0;
  #open = 0;

  /** The operations that have ended. */
  get operations(): readonly Operation<Input, Output>[] {
    return this.#operations;
  }

  /** The number of operations that have not ended. */
  get open(): number {
    return this.#open;
  }

  /** Notes that an operation begins; exactly one method of the answer is to be called. */
  begin(client: number, input: Input): Ending<Output> {
    const begin = this.#next();
    this.#open += 1;
    const note = (output: Output | undefined, end: number): void => {
      this.#operations.push({ client, input, output, begin, end });
    };
    const ended = (): void => {
      this.#open -= 1;
    };
    return {
      returned: (output) => {
        ended();
        note(output, this.#next());
      },
      unknown: () => {
        ended();
        note(undefined, Infinity);
      },
      nothing: ended,
    };
  }

  #next(): number {
    this.#moment += 1;
    return this.#moment;
  }
}
