import type { Clock } from './clock.js';
import { ignore } from './deferred.js';

type Callback = (reason: unknown) => void;

/** The callbacks of one signal: one listener stands for all of them. */
interface Waiting {
  readonly callbacks: Set<{ readonly call: Callback }>;
  readonly listener: () => void;
}

const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `callback` when `signal` aborts, at once if it has. Returns a function that stops listening.
 *
 * Call that function when the work is done, however it ended: otherwise a long-lived signal collects a
 * listener for each call. Calls with the same signal share one listener, since Node warns of a leak at more
 * than ten. So `callback` must not throw: those after it would not be called.
 */
export function onAbort(signal: AbortSignal | undefined, callback: Callback): () => void {
  if (signal === undefined) return ignore;
  if (signal.aborted) {
    callback(signal.reason);
    return ignore;
  }
  const { callbacks, listener } = waiting.get(signal) ?? startWaiting(signal);
  const entry = { call: callback };
  callbacks.add(entry);
  return () => {
    if (!callbacks.delete(entry) || callbacks.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function startWaiting(signal: AbortSignal): Waiting {
  const callbacks: Waiting['callbacks'] = new Set();
  const listener = (): void => {
    waiting.delete(signal);
    const due = [...callbacks];
    for (const entry of due) {
      // A callback that an earlier one has removed is not called any more.
      if (callbacks.delete(entry)) entry.call(signal.reason);
    }
  };
  const created: Waiting = { callbacks, listener };
  waiting.set(signal, created);
  signal.addEventListener('abort', listener, { once: true });
  return created;
}

function same(reason: unknown): unknown {
  return reason;
}

/** The part of an `AbortController` that is used, so that the declarations need no types of Node nor the DOM. */
interface SignalController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** The sources of a linked signal. */
export interface SignalSources {
  /** Signals to follow: the first that aborts gives its reason. */
  readonly signals?: readonly (AbortSignal | undefined)[] | undefined;
  /** Makes the reason from that of the signal which aborted. Default: the same reason. */
  readonly abortReason?: ((reason: unknown) => unknown) | undefined;
  /** Milliseconds until it aborts by itself, and for which reason. */
  readonly timeout?: Timeout | undefined;
  /** Controller of the signal. Default: a new one, whose signal takes ten listeners without a warning. */
  readonly controller?: SignalController | undefined;
}

interface Timeout {
  readonly clock: Clock;
  /** 0 for never. */
  readonly ms: number;
  /** Makes the reason when the time is over. */
  reason(): unknown;
}

/**
 * A signal that follows others and a deadline, and that lets go of all of them when it is disposed or
 * when it aborts.
 *
 * @example
 * using linked = new LinkedSignal({ signals: [options.signal, lease.signal] });
 * await work(linked.signal);
 */
export class LinkedSignal {
  readonly #controller: SignalController;
  readonly #release: (() => void)[] = [];

  constructor({
    signals = [],
    abortReason = same,
    timeout,
    controller = new AbortController(),
  }: SignalSources) {
    this.#controller = controller;
    const abort = (reason: unknown): void => this.abort(abortReason(reason));
    for (const source of signals) {
      if (this.signal.aborted) return;
      this.#release.push(onAbort(source, abort));
    }
    if (timeout !== undefined && timeout.ms > 0 && !this.signal.aborted) {
      const timer = timeout.clock.setTimeout(() => this.abort(timeout.reason()), timeout.ms);
      this.#release.push(() => timer.cancel());
    }
  }

  /** Aborts with the reason of the source that came first. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts it from here, for a reason of its own. */
  abort(reason: unknown): void {
    this.dispose();
    this.#controller.abort(reason);
  }

  /** Lets go of every source; the signal stays as it is. Harmless when done twice. */
  dispose(): void {
    for (const release of this.#release.splice(0)) release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
