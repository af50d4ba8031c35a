import { type Entry, MOST_BATCH_BYTES } from './entry.js';

/** Calls that travel together. */
export type Batch<Request, Response> = readonly Entry<Request, Response>[];

/** What a look through the queue comes to. */
export interface Taken<Request, Response> {
  readonly batch: Batch<Request, Response>;
  /** What stays in the queue, in its order. */
  readonly left: Entry<Request, Response>[];
}

/**
 * The next calls of a queue that may travel together, in their order. Those that were given up fall out.
 *
 * A call stays when one of its identity is under way or stays before it, when it would make the batch
 * too large, and when it may be repeated and the others may not, or the other way round.
 *
 * @param busy identities that are under way
 * @param most operations in the batch
 */
export function takeBatch<Request, Response>(
  queue: readonly Entry<Request, Response>[],
  busy: ReadonlySet<string>,
  most: number,
): Taken<Request, Response> {
  const batch: Entry<Request, Response>[] = [];
  const left: Entry<Request, Response>[] = [];
  const passed = new Set<string>();
  let bytes = 0;
  let next = 0;
  for (let full = false; next < queue.length && !full; next++) {
    const entry = queue[next] as Entry<Request, Response>;
    if (entry.stage === 'settled') continue;
    const { identity, alone } = entry.shape;
    const waits = identity !== undefined && (busy.has(identity) || passed.has(identity));
    if (waits || !joins(entry, batch, bytes)) {
      left.push(entry);
    } else {
      batch.push(entry);
      bytes += entry.shape.bytes;
      full = alone || batch.length >= most;
    }
    // What comes later for the same identity must not overtake, nor join.
    if (identity !== undefined) passed.add(identity);
  }
  for (; next < queue.length; next++) left.push(queue[next] as Entry<Request, Response>);
  return { batch, left };
}

function joins<Request, Response>(
  { shape }: Entry<Request, Response>,
  batch: Batch<Request, Response>,
  bytes: number,
): boolean {
  const [first] = batch;
  if (first === undefined) return true;
  if (shape.alone || shape.repeatable !== first.shape.repeatable) return false;
  return bytes + shape.bytes <= MOST_BATCH_BYTES;
}
