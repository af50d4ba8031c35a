/** The position from which a watcher can go on elsewhere without losing or repeating anything. */
export interface ResumePoint {
  /** The first revision not delivered yet; 0 for "from now", until a server has said what now is. */
  readonly next: bigint;
  /** The highest revision of the store that this watcher was told of. */
  readonly seen: bigint;
}

/** Returns the position where a watcher begins: this revision, or from now on for 0. */
export function startingAt(revision: bigint): ResumePoint {
  return { next: revision, seen: 0n };
}

/**
 * The server has registered the watcher while its store was at `storeRevision`.
 *
 * Only a watcher that asked for "now" learns its revision from that. One that named a revision has yet
 * to receive what lies between, and would lose it if the stream broke here.
 */
export function afterCreated(point: ResumePoint, storeRevision: bigint): ResumePoint {
  const next = point.next === 0n && storeRevision > 0n ? storeRevision + 1n : point.next;
  return { next, seen: highest(point.seen, storeRevision) };
}

/** Everything up to `revision` was delivered, by a server whose store was at `storeRevision`. */
export function afterEvents(
  point: ResumePoint,
  revision: bigint,
  storeRevision: bigint,
): ResumePoint {
  return {
    next: highest(point.next, revision + 1n),
    seen: highest(point.seen, highest(revision, storeRevision)),
  };
}

/** A server says that it has sent everything up to `storeRevision`. */
export function afterProgress(point: ResumePoint, storeRevision: bigint): ResumePoint {
  return {
    next: highest(point.next, storeRevision + 1n),
    seen: highest(point.seen, storeRevision),
  };
}

function highest(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
