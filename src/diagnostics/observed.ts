import type { Report } from './report.js';

/** A claim to a lock or a leadership, for `status()`. */
export interface ObservedLock {
  readonly name: string;
  readonly key: string;
  readonly state: 'waiting' | 'held';
  /** Begin of that state, on the clock's scale. */
  readonly since: number;
}

/** The part of a client that recipes tell what they do. */
export interface Observed {
  readonly report: Report;
  /** Claims that wait, or are held. */
  readonly locks: Set<ObservedLock>;
}

/** Property in which a client keeps it. Registered, so that recipes of both builds of the package find it. */
export const OBSERVED: unique symbol = Symbol.for('etcd-kit.observed') as never;
