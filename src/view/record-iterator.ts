import { abortedError, addCallerStack, type IterationSource } from '../errors/index.js';
import { ignore } from '../internal/deferred.js';
import type { Page } from '../kv/index.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import type { Space } from '../model/space.js';

/** The records that an iteration gives. */
export interface RecordIteratorContext<Out> {
  readonly space: Space<Out, never>;
  /** Ends the iteration at the record it is at: a page can be long. */
  readonly signal: AbortSignal | undefined;
  /** Begins to read the pages. */
  pages(): AsyncGenerator<Page, void, undefined>;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The records of pages, one by one. A record of a page that is there costs one promise, where an async
 * generator makes several.
 */
export class RecordIterator<Out> implements IterationSource<KeyValue<Out>> {
  readonly #context: RecordIteratorContext<Out>;
  #pages: AsyncGenerator<Page, void, undefined> | undefined;
  #kvs: Page['kvs'] = [];
  #at = 0;
  #ended = false;
  /** Calls that wait for a page, and the last of them. */
  #waiting = 0;
  #last: Promise<unknown> | undefined;

  constructor(context: RecordIteratorContext<Out>) {
    this.#context = context;
  }

  next(): Promise<IteratorResult<KeyValue<Out>, undefined>> {
    if (this.#waiting === 0 && !this.#isAborted) {
      const record = this.#take();
      if (record !== undefined) return Promise.resolve(record);
    }
    const result = this.#later(this.#waiting === 0 ? undefined : this.#last);
    this.#last = result;
    return result;
  }

  async return(): Promise<IteratorResult<KeyValue<Out>, undefined>> {
    this.#end();
    await this.#pages?.return();
    return DONE;
  }

  get #isAborted(): boolean {
    return this.#context.signal?.aborted === true;
  }

  /** Takes the next record of the page that is there. */
  #take(): IteratorResult<KeyValue<Out>, undefined> | undefined {
    const raw = this.#kvs[this.#at];
    if (raw === undefined) return undefined;
    this.#at++;
    return { done: false, value: toKeyValue(raw, this.#context.space) };
  }

  /** Reads on, after the calls before this one. */
  async #later(
    before: Promise<unknown> | undefined,
  ): Promise<IteratorResult<KeyValue<Out>, undefined>> {
    this.#waiting++;
    try {
      if (before !== undefined) await before.catch(ignore);
      // The first page is asked for all the same, and says by itself that nothing was sent.
      if (this.#pages !== undefined && !this.#ended && this.#isAborted) {
        const { signal } = this.#context;
        throw abortedError(signal?.reason, { method: 'KV.Range', outcome: 'not-sent' });
      }
      return await this.#nextOfPages();
    } catch (error) {
      this.#end();
      // Pages of a stream hold the call that brings them until they are given up.
      void this.#pages?.return().catch(ignore);
      throw addCallerStack(error);
    } finally {
      this.#waiting--;
    }
  }

  async #nextOfPages(): Promise<IteratorResult<KeyValue<Out>, undefined>> {
    while (!this.#ended) {
      const record = this.#take();
      if (record !== undefined) return record;
      this.#pages ??= this.#context.pages();
      const page = await this.#pages.next();
      if (page.done === true) this.#ended = true;
      else if (!this.#ended) {
        this.#kvs = page.value.kvs;
        this.#at = 0;
      }
    }
    return DONE;
  }

  #end(): void {
    this.#ended = true;
    this.#kvs = [];
  }
}
