import { EtcdError } from '../errors/index.js';
import type { Watcher } from '../index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { type Deferred, deferred, quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { unlessAborted } from '../internal/unless-aborted.js';

/** Pauses between two questions for the progress of the watch. */
const BACKOFF: BackoffShape = { initialMs: 10, maxMs: 1_000 };

/**
 * Milliseconds that a server has to tell its progress. Some versions, and some proxies, never answer; then
 * the records are compared by a read.
 */
const PROGRESS_TIMEOUT_MS = 1_000;

/** The part of a cache that catching up needs. */
export interface CatchUpContext {
  readonly clock: Clock;
  /** Aborts when the cache is over. */
  readonly life: AbortSignal;
  /** The revision that the cache has reached. */
  revision(): bigint;
  /** The watch of the present. */
  watcher(): Pick<Watcher<unknown>, 'requestProgress'> | undefined;
  /** Looks by a read whether the records are those of the store, and moves the revision if they are. */
  compare(): Promise<void>;
}

interface Waiting {
  readonly revision: bigint;
  readonly reached: Deferred<void>;
}

/**
 * Callers that wait until the cache has reached a revision. Events bring it there; where none come, because
 * the writes were elsewhere, the server is asked how far the watch is.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #waiting = new Set<Waiting>();
  #asking = false;

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  /** Resolves when the cache has reached `revision`; rejects with the reason of `signal`. */
  async until(revision: bigint, signal: AbortSignal): Promise<void> {
    if (this.#context.revision() >= revision) return;
    const waiting: Waiting = { revision, reached: deferred() };
    this.#waiting.add(waiting);
    void this.#askWhileAnyoneWaits();
    try {
      await unlessAborted(quiet(waiting.reached.promise), signal);
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** The cache has moved on. */
  advanced(): void {
    const now = this.#context.revision();
    for (const { revision, reached } of this.#waiting) if (revision <= now) reached.resolve();
  }

  async #askWhileAnyoneWaits(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { clock, life } = this.#context;
    const backoff = new Backoff(BACKOFF, clock);
    try {
      while (this.#isBehind) {
        await this.#ask();
        if (this.#isBehind) await delay(clock, backoff.next(), life);
      }
    } catch {
      // The cache is over, and has told so.
    } finally {
      this.#asking = false;
    }
  }

  get #isBehind(): boolean {
    const now = this.#context.revision();
    return [...this.#waiting].some(({ revision }) => revision > now);
  }

  /** Asks once. Failures are those of a connection or of a watch: both come back by themselves. */
  async #ask(): Promise<void> {
    const { life, watcher, compare } = this.#context;
    try {
      await watcher()?.requestProgress({ timeoutMs: PROGRESS_TIMEOUT_MS, signal: life });
    } catch (error) {
      life.throwIfAborted();
      if (!isSilent(error)) return;
      await compare().catch(() => life.throwIfAborted());
    }
  }
}

/** The server does not tell its progress, or cannot be believed. */
function isSilent(error: unknown): boolean {
  return error instanceof EtcdError && (error.code === 'UNSUPPORTED' || error.code === 'TIMEOUT');
}
