import type { Clock, TimerHandle } from '../internal/clock.js';

/** Number of looks at the connection within one timeout, each of which may see the answer to a ping. */
const LOOKS_PER_TIMEOUT = 4;
const SHORTEST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;

/** The times of a pulse. */
export interface PulseTimes {
  /** Milliseconds of silence, while a call is open, after which the peer is sent a ping. */
  readonly intervalMs: number;
  /** Milliseconds of silence after the ping for which the connection is kept. */
  readonly timeoutMs: number;
}

/** The connection, as its pulse sees it. */
export interface PulseContext {
  readonly clock: Clock;
  readonly times: PulseTimes;
  /** Bytes that have arrived so far. */
  receivedBytes(): number;
  hasCalls(): boolean;
  ping(): void;
  dead(reason: string): void;
}

/**
 * Finds out that a peer has died silently. Bytes that arrive are a sign of life, whatever they are: the
 * answer to a ping may stand behind a mebibyte of them on a slow link. A peer that is silent for the interval
 * is sent one ping, and is dead when it stays silent for the timeout. Pings without calls would be counted
 * against us by servers, so that there are none.
 */
export class Pulse {
  readonly #context: PulseContext;
  readonly #lookMs: number;
  #timer: TimerHandle | undefined;
  #seenBytes = 0;
  /** Milliseconds of looks that saw nothing new. A late look counts as one: the event loop stood still then. */
  #silentMs = 0;
  #pinged = false;

  constructor(context: PulseContext) {
    this.#context = context;
    const lookMs = context.times.timeoutMs / LOOKS_PER_TIMEOUT;
    this.#lookMs = Math.min(Math.max(lookMs, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
  }

  /** A call is open. Harmless while others are. */
  start(): void {
    this.#timer ??= this.#plan();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #plan(): TimerHandle {
    const timer = this.#context.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, this.#lookMs);
    timer.unref();
    return timer;
  }

  #look(): void {
    const { times, receivedBytes, hasCalls, ping, dead } = this.#context;
    const bytes = receivedBytes();
    if (bytes === this.#seenBytes) {
      this.#silentMs += this.#lookMs;
    } else {
      this.#silentMs = 0;
      this.#pinged = false;
    }
    this.#seenBytes = bytes;
    if (this.#silentMs >= times.intervalMs + times.timeoutMs) {
      dead(`nothing arrived for ${times.intervalMs + times.timeoutMs} ms`);
      return;
    }
    if (!hasCalls()) {
      this.#silentMs = 0;
      this.#pinged = false;
      return;
    }
    if (this.#silentMs >= times.intervalMs && !this.#pinged) {
      this.#pinged = true;
      ping();
    }
    this.start();
  }
}
