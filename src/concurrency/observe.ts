import { asOperation } from '../diagnostics/operation.js';
import { type Iteration, type IterationSource, withCallerStack } from '../errors/index.js';
import type { KeyValue, Selection } from '../index.js';
import { ignore } from '../internal/deferred.js';

/** Options of `observe`. */
export interface ObserveOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

type Changes<Out> = ReturnType<Selection<Out>['follow']>;

/**
 * Leaders of an election: the candidate whose key is the oldest, at first and after each change;
 * `undefined` while there is none. `break` and `return()` end it at once, even while it waits.
 */
export type LeaderIterator<Out> = Iteration<KeyValue<Out> | undefined>;

/**
 * Tells who leads an election.
 *
 * The candidates are followed as a whole. Several may go in one step, as when someone deletes them all:
 * one that is first only between two changes of a step never led.
 */
export class Leaders<Out> implements IterationSource<KeyValue<Out> | undefined> {
  readonly #changes: Changes<Out>;
  #candidates = new Map<string, KeyValue<Out>>();
  /** The leader that was reported last; `undefined` before the first. */
  #told: { readonly leader: KeyValue<Out> | undefined } | undefined;
  /** Calls of `next` take turns: each needs several changes. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(candidates: Pick<Selection<Out>, 'follow'>, options: ObserveOptions) {
    this.#changes = candidates.follow(options);
  }

  next(): Promise<IteratorResult<KeyValue<Out> | undefined, undefined>> {
    const result = this.#turn.then(() => asOperation('observe', () => this.#next()));
    this.#turn = result.catch(ignore);
    return withCallerStack(result);
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#changes.return();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<KeyValue<Out> | undefined, undefined>> {
    for (;;) {
      const { done, value: change } = await this.#changes.next();
      if (done === true) return { done, value: undefined };
      if (change.type === 'snapshot') this.#candidates = new Map(change.entries);
      else if (change.type === 'put') this.#candidates.set(change.key, change.kv);
      else this.#candidates.delete(change.key);
      if (change.type !== 'snapshot' && change.more) continue;
      const leader = oldest(this.#candidates.values());
      if (this.#told !== undefined && isSame(leader, this.#told.leader)) continue;
      this.#told = { leader };
      return { done: false, value: leader };
    }
  }
}

function isSame<Out>(one: KeyValue<Out> | undefined, other: KeyValue<Out> | undefined): boolean {
  return one?.key === other?.key && one?.modRevision === other?.modRevision;
}

function oldest<Out>(candidates: Iterable<KeyValue<Out>>): KeyValue<Out> | undefined {
  let first: KeyValue<Out> | undefined;
  for (const candidate of candidates) {
    if (first === undefined || candidate.createRevision < first.createRevision) first = candidate;
  }
  return first;
}
