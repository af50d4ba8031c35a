import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Deferred, deferred, quiet } from '../../src/internal/deferred.js';
import { AsyncQueue } from '../../src/internal/queue.js';
import { startGuard } from '../../src/testing/server/guard.js';
import { describeEtcd, type EtcdContext } from './describe-etcd.js';
import type { GoOperations } from './go-operations.js';
import { buildGoPeer } from './go-program.js';
import { skipSuite } from './skip.js';

/** What is asked of the Go program. */
export type GoOperation = keyof GoOperations;
type Args<Op extends GoOperation> = GoOperations[Op]['args'];
type Result<Op extends GoOperation> = GoOperations[Op]['result'];
type Event<Op extends GoOperation> = GoOperations[Op]['event'];

export interface GoCallOptions<Op extends GoOperation> {
  /** Cancels the Go context of the call, which then rejects with `context canceled`. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: Event<Op>) => void) | undefined;
}

/** A process with etcd's Go client. Calls run side by side. Disposing kills it: nothing is given back. */
export interface GoPeer extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Resolves when Go's function returns; rejects with the text of its error, or when the process ends. */
  call<Op extends GoOperation>(
    op: Op,
    args: Args<Op>,
    options?: GoCallOptions<Op>,
  ): Promise<Result<Op>>;
  /** Starts a call for its events. */
  events<Op extends GoOperation>(op: Op, args: Args<Op>): GoEvents<Event<Op>>;
  /** SIGKILL: it has no time to give anything back. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing, and does not know it. */
  pause(): void;
  resume(): void;
}

/** The events of a call. Disposing cancels it. */
export interface GoEvents<T> extends AsyncDisposable {
  /** Resolves with the next one; rejects when the call fails, or ends without another. */
  next(): Promise<T>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly event?: unknown;
  readonly error?: string;
}

interface Pending {
  readonly result: Deferred<unknown>;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

const program = await buildGoPeer();

/** Declares a suite with the Go client, by `describeEtcd`; where it cannot be built the suite is skipped, and says why. */
export function describeGoPeer(name: string, suite: (etcd: EtcdContext) => void): void {
  if ('missing' in program) skipSuite(name, program.missing);
  else describeEtcd(name, suite);
}

/**
 * Starts a process with etcd's Go client, connected to a server or a cluster.
 *
 * @example
 * await using go = goPeer(server);
 * await go.call('session.open', { session: 's', ttl: 5 });
 * const { key } = await go.call('mutex.lock', { session: 's', name: 'lk' });
 */
export function goPeer(target: { readonly endpoint: string } | readonly string[]): GoPeer {
  if ('missing' in program) throw new Error(program.missing);
  const endpoints = 'endpoint' in target ? [target.endpoint] : target;
  const child = spawn(program.path, endpoints, { stdio: ['pipe', 'pipe', 'pipe'] });
  const guard = startGuard('');
  guard.watch(child.pid);
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let stderr = '';
  let ended: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // It may end between two lines; the end is told below.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (line) => settle(JSON.parse(line)));
  const exited = once(child, 'close').then(([code, signal]) => {
    ended = `the Go program ended with ${signal ?? code}: ${stderr.trim()}`;
    for (const { result } of pending.values()) result.reject(new Error(ended));
    pending.clear();
    guard.watch(undefined);
    return guard.release();
  });

  function settle({ id, result, event, error }: Answer): void {
    const call = pending.get(id);
    if (call === undefined) return;
    if (event !== undefined) {
      call.onEvent?.(event);
      return;
    }
    pending.delete(id);
    if (error === undefined) call.result.resolve(result);
    else call.result.reject(new Error(error));
  }

  function send(op: string, args: object, onEvent?: Pending['onEvent']): Sent {
    const id = ++lastId;
    const result = deferred<unknown>();
    if (ended === undefined) {
      pending.set(id, { result, onEvent });
      child.stdin.write(`${JSON.stringify({ id, op, args })}\n`);
    } else {
      result.reject(new Error(ended));
    }
    return { result: quiet(result.promise), cancel: () => void send('cancel', { id }) };
  }

  const kill = async (): Promise<void> => {
    if (ended === undefined) child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid,
    call: (op, args, { signal, onEvent } = {}) => {
      const { result, cancel } = send(op, args, onEvent as Pending['onEvent']);
      if (signal?.aborted) cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      return result as Promise<Result<typeof op>>;
    },
    events: (op, args) => {
      type Told = Event<typeof op>;
      const queue = new AsyncQueue<Told>();
      const { result, cancel } = send(op, args, (event) => queue.push(event as Told));
      result.then(
        () => queue.end(),
        (error: unknown) => queue.fail(error),
      );
      return {
        next: async () => {
          const { done, value } = await queue.next();
          if (done === true) throw new Error(`${op} has ended`);
          return value;
        },
        [Symbol.asyncDispose]: async () => cancel(),
      };
    },
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

interface Sent {
  readonly result: Promise<unknown>;
  readonly cancel: () => void;
}
