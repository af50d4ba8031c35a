import type { KeyValue, Selection } from '../index.js';

/** How to observe an election. */
export interface ObserveOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Who leads: the candidate whose key is the oldest, at first and after each change.
 *
 * The candidates are followed as a whole. Several may go in one step, as when someone deletes them all:
 * one that is first only between two changes of a step never led.
 */
export async function* observeLeaders<Out, In>(
  candidates: Selection<Out, In>,
  options: ObserveOptions,
): AsyncGenerator<KeyValue<Out> | undefined, void, undefined> {
  let byKey = new Map<string, KeyValue<Out>>();
  let told: KeyValue<Out> | undefined;
  let begun = false;
  for await (const change of candidates.follow(options)) {
    if (change.type === 'snapshot') byKey = new Map(change.entries);
    else if (change.type === 'put') byKey.set(change.key, change.kv);
    else byKey.delete(change.key);
    if (change.type !== 'snapshot' && change.more) continue;
    const leader = oldest(byKey.values());
    if (begun && isSame(leader, told)) continue;
    begun = true;
    told = leader;
    yield leader;
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
