import type { Reading } from '../meter.js';
import type { Renewals } from '../renewals.js';

/** What a child process can be asked to do with its client. */
export type Task =
  | { readonly kind: 'get' | 'put'; readonly callers: number; readonly ms: number }
  | {
      readonly kind: 'watch';
      readonly prefix: string;
      readonly from: string | undefined;
      /** For each watch. */
      readonly events: number;
      readonly watches: number;
    }
  | { readonly kind: 'range' | 'iterate' }
  | {
      readonly kind: 'leases';
      readonly count: number;
      readonly ttlSeconds: number;
      readonly ms: number;
    }
  | { readonly kind: 'lock'; readonly contenders: number; readonly ms: number }
  | DelayTask
  | DecodeTask;

/** How soon something reaches who waits for it: a lock the next contender, a deletion its watch. */
export type DelayTask =
  | { readonly kind: 'hand-over'; readonly contenders: number; readonly ms: number }
  | { readonly kind: 'notification'; readonly ms: number };

/** Reading one kind of message with one codec; needs no client and no server. */
export interface DecodeTask {
  readonly kind: 'decode';
  readonly codec: 'etcd-kit' | 'proto-loader';
  readonly message: 'range' | 'watch' | 'watch, when taken';
  readonly ms: number;
}

/** What came of it. */
export interface Outcome extends Reading {
  /** How many operations, events or records. */
  readonly count: number;
  /** What the server saw, where leases are held. */
  readonly renewals?: Renewals;
}

/** Where the keys of each leg are. */
export const PREFIX = { small: 'bench/k', live: 'bench/live/', range: 'bench/range/' } as const;

/** Keys that are read and written. */
export const SMALL_KEYS = 1_000;

/** Values are of 100 bytes. */
export const VALUE = 'v'.repeat(100);
