import type { Nothing, Operation } from './peer-process.js';

/** Keys and revisions of the Go client: revisions as decimal strings, since they have 64 bits. */
export interface GoKey {
  readonly key: string;
  readonly revision: string;
}

/** A leader, or a proposal. */
export interface GoLeader extends GoKey {
  readonly value?: string;
}

/** An entry of `naming/endpoints`. Its key is whole: `<target>/<id>`. */
export interface GoEndpoint {
  readonly key: string;
  readonly addr: string;
  readonly metadata: unknown;
}

export interface GoEndpointUpdate extends GoEndpoint {
  readonly op: 'add' | 'delete';
}

/** One line of a transaction of Go's STM. */
export type GoStep =
  | { readonly get: string }
  | { readonly put: readonly [key: string, value: string] }
  /** Reads a number, 0 where there is none, and writes the sum. */
  | { readonly add: readonly [key: string, amount: number] }
  | { readonly del: string }
  /** Emits `{ paused: name }` and waits for `stm.resume` of that name; in the first attempt only. */
  | { readonly pause: string };

/** A handle of a kind is made by its first use: one for each session and name. */
interface Handle {
  readonly session: string;
  readonly name: string;
}

/** Everything that the Go program can be asked to do, by the name of the operation. */
export interface GoOperations {
  /** Gives back all sessions and closes the client. */
  close: Operation<Nothing, Nothing>;

  /** A session of this name: on a new lease, or on one that is there. `ttl` in seconds, Go's 60 by default. */
  'session.open': Operation<
    { readonly session: string; readonly ttl?: number; readonly lease?: string },
    { readonly lease: string }
  >;
  'session.close': Operation<{ readonly session: string }, Nothing>;
  'session.orphan': Operation<{ readonly session: string }, Nothing>;
  /** Ends when the session has lost its lease, or is closed. */
  'session.done': Operation<{ readonly session: string }, Nothing>;

  'mutex.lock': Operation<Handle, GoKey>;
  /** Rejects with `mutex: Locked by another session`. */
  'mutex.tryLock': Operation<Handle, GoKey>;
  'mutex.unlock': Operation<Handle, Nothing>;

  'election.campaign': Operation<Handle & { readonly value: string }, GoLeader>;
  'election.resume': Operation<Handle & GoKey, Nothing>;
  'election.proclaim': Operation<Handle & { readonly value: string }, Nothing>;
  'election.resign': Operation<Handle, Nothing>;
  /** Rejects with `election: no leader`. */
  'election.leader': Operation<Handle, GoLeader>;
  /** Emits each leader and each proclamation. */
  'election.observe': Operation<Handle, Nothing, GoLeader>;

  stm: Operation<
    {
      readonly isolation?:
        | 'serializable-snapshot'
        | 'serializable'
        | 'repeatable-reads'
        | 'read-committed';
      readonly steps: readonly GoStep[];
    },
    { readonly reads: Readonly<Record<string, string>>; readonly attempts: number },
    { readonly paused: string }
  >;
  'stm.resume': Operation<{ readonly name: string }, Nothing>;

  /** With `session`, under its lease. */
  'endpoints.add': Operation<
    {
      readonly name: string;
      readonly key: string;
      readonly addr: string;
      readonly metadata?: unknown;
      readonly session?: string;
    },
    Nothing
  >;
  'endpoints.delete': Operation<{ readonly name: string; readonly key: string }, Nothing>;
  'endpoints.list': Operation<{ readonly name: string }, Readonly<Record<string, GoEndpoint>>>;
  /** Emits what is there, then each change. */
  'endpoints.watch': Operation<{ readonly name: string }, Nothing, readonly GoEndpointUpdate[]>;

  // The recipes cannot be cancelled: what waits in one ends with the program.
  'rwmutex.rlock': Operation<Handle, Nothing>;
  'rwmutex.runlock': Operation<Handle, Nothing>;
  'rwmutex.lock': Operation<Handle, Nothing>;
  'rwmutex.unlock': Operation<Handle, Nothing>;
  'barrier.hold': Operation<{ readonly name: string }, Nothing>;
  'barrier.release': Operation<{ readonly name: string }, Nothing>;
  'barrier.wait': Operation<{ readonly name: string }, Nothing>;
  'doubleBarrier.enter': Operation<Handle & { readonly count: number }, Nothing>;
  'doubleBarrier.leave': Operation<Handle & { readonly count: number }, Nothing>;
  'queue.enqueue': Operation<{ readonly name: string; readonly value: string }, Nothing>;
  'queue.dequeue': Operation<{ readonly name: string }, { readonly value: string }>;
  'priorityQueue.enqueue': Operation<
    { readonly name: string; readonly value: string; readonly priority: number },
    Nothing
  >;
  'priorityQueue.dequeue': Operation<{ readonly name: string }, { readonly value: string }>;
}
