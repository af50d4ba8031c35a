import { type Iteration, iterateOnce } from '../errors/index.js';
import type { RpcAnswers, RpcStream } from './rpc-caller.js';

/** A call that streams its answers, as its user has it. It starts with the first answer asked for. */
export class StreamStub<Response> implements RpcStream<Response> {
  readonly #stream: RpcAnswers<Response>;
  readonly #answers: Iteration<Response>;

  constructor(stream: RpcAnswers<Response>) {
    this.#stream = stream;
    const source = stream[Symbol.asyncIterator]();
    this.#answers = iterateOnce(
      {
        next: () => source.next(),
        return: async () => (await source.return?.()) ?? DONE,
      },
      'answers',
      'make the call once more',
    );
  }

  cancel(): void {
    this.#stream.cancel();
  }

  [Symbol.asyncIterator](): Iteration<Response> {
    return this.#answers[Symbol.asyncIterator]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.#answers.return();
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
