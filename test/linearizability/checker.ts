import type { Model, Operation } from './operation.js';

/** The answer to the question whether a history is linearizable. */
export type Verdict<Input, Output> =
  | { readonly is: 'right' }
  | {
      readonly is: 'wrong';
      /** The longest order of operations that is possible, and ends where nothing fits any more. */
      readonly longest: readonly Operation<Input, Output>[];
    }
  /** There are too many orders to try. */
  | { readonly is: 'undecided' };

/** Attempts to put an operation next, after which a history stays undecided. */
const MOST_ATTEMPTS = 5_000_000;

/** The beginning or the end of an operation, in a list of all of them in the order of time. */
interface Entry<Input, Output> {
  readonly index: number;
  readonly operation: Operation<Input, Output>;
  /** The entry of the end, at a beginning; `undefined` at an end, and for an operation without one. */
  readonly end: Entry<Input, Output> | undefined;
  readonly begins: boolean;
  previous: Entry<Input, Output> | undefined;
  next: Entry<Input, Output> | undefined;
}

/** An operation that was put into the order, and the state before it. */
interface Placed<State, Input, Output> {
  readonly entry: Entry<Input, Output>;
  readonly before: State;
}

/**
 * Looks for an order of the operations in which each has the answer that it had, and none comes before one that
 * had ended when it began. Operations without an answer may be left out.
 *
 * The search is that of Wing and Gong with the memory of Lowe: it takes one of the operations that could be the
 * next one, and goes back when none fits. Places where it has been, that is the same operations done and the
 * same state, are not visited twice.
 */
export function check<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Verdict<Input, Output> {
  const head = listOf(operations);
  const placed: Placed<State, Input, Output>[] = [];
  const visited = new Set<string>();
  let longest: readonly Operation<Input, Output>[] = [];
  let state = model.initial;
  let done = 0n;
  let left = operations.filter(({ end }) => end !== Infinity).length;
  let entry = head.next;
  for (let attempts = 0; left > 0; attempts += 1) {
    if (attempts > MOST_ATTEMPTS) return { is: 'undecided' };
    if (entry?.begins === true) {
      const { input, output } = entry.operation;
      const after = model.step(state, input, output);
      const withIt = done | (1n << BigInt(entry.index));
      if (after !== undefined && isNew(visited, `${withIt.toString(36)} ${model.keyOf(after)}`)) {
        placed.push({ entry, before: state });
        if (placed.length > longest.length) longest = placed.map((each) => each.entry.operation);
        state = after;
        done = withIt;
        if (entry.end !== undefined) left -= 1;
        takeOut(entry);
        entry = head.next;
      } else {
        entry = entry.next;
      }
    } else {
      // The end of an operation that has no place yet: whatever comes next, it should have been before.
      const last = placed.pop();
      if (last === undefined) return { is: 'wrong', longest };
      state = last.before;
      done &= ~(1n << BigInt(last.entry.index));
      if (last.entry.end !== undefined) left += 1;
      putBack(last.entry);
      entry = last.entry.next;
    }
  }
  return { is: 'right' };
}

/** Makes the list of beginnings and ends, in the order of time, behind an entry that is none of them. */
function listOf<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): Pick<Entry<Input, Output>, 'next'> {
  const moments = operations.flatMap((operation, index) => {
    const bare = { index, operation, previous: undefined, next: undefined };
    const { begin, end: endsAt } = operation;
    if (endsAt === Infinity) {
      return [{ at: begin, entry: { ...bare, begins: true, end: undefined } }];
    }
    const end: Entry<Input, Output> = { ...bare, begins: false, end: undefined };
    return [
      { at: begin, entry: { ...bare, begins: true, end } },
      { at: endsAt, entry: end },
    ];
  });
  moments.sort((a, b) => a.at - b.at);
  const head: Pick<Entry<Input, Output>, 'next'> = { next: undefined };
  let last: Entry<Input, Output> | undefined;
  for (const { entry } of moments as readonly { readonly entry: Entry<Input, Output> }[]) {
    entry.previous = last ?? (head as Entry<Input, Output>);
    entry.previous.next = entry;
    last = entry;
  }
  return head;
}

function takeOut<Input, Output>(entry: Entry<Input, Output>): void {
  for (const each of [entry, entry.end]) {
    if (each?.previous !== undefined) each.previous.next = each.next;
    if (each?.next !== undefined) each.next.previous = each.previous;
  }
}

/** Undoes `takeOut`: the last one that was taken out must be the first to come back. */
function putBack<Input, Output>(entry: Entry<Input, Output>): void {
  for (const each of [entry.end, entry]) {
    if (each?.previous !== undefined) each.previous.next = each;
    if (each?.next !== undefined) each.next.previous = each;
  }
}

function isNew(visited: Set<string>, place: string): boolean {
  if (visited.has(place)) return false;
  visited.add(place);
  return true;
}
