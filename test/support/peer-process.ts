import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Deferred, deferred, quiet } from '../../src/internal/deferred.js';
import { AsyncQueue } from '../../src/internal/queue.js';
import { startGuard } from '../../src/testing/server/guard.js';

/** One thing that a program can be asked to do. */
export interface Operation<Args, Result, Event = never> {
  readonly args: Args;
  readonly result: Result;
  readonly event: Event;
}

/** No arguments, or no result. */
export interface Nothing {
  readonly [none: string]: never;
}

/** What a program can be asked to do, by the name of the operation. */
type Operations = object;
type Args<Ops extends Operations, Op extends keyof Ops> = Part<Ops[Op], 'args'>;
type Result<Ops extends Operations, Op extends keyof Ops> = Part<Ops[Op], 'result'>;
type Event<Ops extends Operations, Op extends keyof Ops> = Part<Ops[Op], 'event'>;
type Part<T, Name> = T extends { readonly [name in Name & string]: infer Found } ? Found : never;

export interface PeerCallOptions<T> {
  /** Cancels the call at the other client. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: T) => void) | undefined;
}

/** A process with a client of others. Calls run side by side. Disposing kills it: nothing is given back. */
export interface Peer<Ops extends Operations> extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Resolves when the other client's call does; rejects with the text of its error, or when the process ends. */
  call<Op extends keyof Ops & string>(
    op: Op,
    args: Args<Ops, Op>,
    options?: PeerCallOptions<Event<Ops, Op>>,
  ): Promise<Result<Ops, Op>>;
  /** Starts a call for its events. */
  events<Op extends keyof Ops & string>(op: Op, args: Args<Ops, Op>): PeerEvents<Event<Ops, Op>>;
  /** SIGKILL: it has no time to give anything back. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing, and does not know it. */
  pause(): void;
  resume(): void;
}

/** The events of a call. Disposing cancels it. */
export interface PeerEvents<T> extends AsyncDisposable {
  /** Resolves with the next one; rejects when the call fails, or ends without another. */
  next(): Promise<T>;
}

/** A program and its first arguments; the endpoints follow. */
export interface PeerProgram {
  /** As it reads in errors: "the Go program". */
  readonly name: string;
  readonly path: string;
  readonly args?: readonly string[] | undefined;
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

interface Sent {
  readonly result: Promise<unknown>;
  readonly cancel: () => void;
}

/** Starts a program of `test/peers`, connected to a server or a cluster. */
export function startPeer<Ops extends Operations>(
  program: PeerProgram,
  target: { readonly endpoint: string } | readonly string[],
): Peer<Ops> {
  const endpoints = 'endpoint' in target ? [target.endpoint] : target;
  const args = [...(program.args ?? []), ...endpoints];
  const child = spawn(program.path, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
    ended = `${program.name} ended with ${signal ?? code}: ${stderr.trim()}`;
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

  function send(op: string, args: unknown, onEvent?: Pending['onEvent']): Sent {
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
      return result as Promise<Result<Ops, typeof op>>;
    },
    events: (op, args) => {
      type Told = Event<Ops, typeof op>;
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
