import {
  abortedError,
  ClientClosedError,
  EtcdError,
  isTransient,
  type Outcome,
  TimeoutError,
  withDetails,
} from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { onAbort } from '../../internal/linked-signal.js';
import type { TransportCallOptions } from '../transport.js';

/** Bytes of requests in one batch, at most: the server's limit for a request is three times this. */
export const MOST_BATCH_BYTES = 512 * 1024;

/** A flight that takes longer no longer holds the next one back: its server may hang. */
const FLIGHT_WINDOW_MS = 50;

/** How often deadlines of gathered calls are looked at while there are any. */
const SWEEP_MS = 10;

/** One gathered call, from the caller's side. */
export interface Entry<Request, Response> {
  readonly request: Request;
  /** Calls of one identity are never under way together; `undefined` for no such rule. */
  readonly identity: string | undefined;
  /** Bytes it adds to a batch. */
  readonly bytes: number;
  /** It travels by itself, but in its turn. */
  readonly alone: boolean;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly options: TransportCallOptions;
  resolve(response: Response): void;
  reject(error: unknown): void;
  stopListening(): void;
  stage: 'waiting' | 'sent' | 'settled';
}

/** What is gathered, and how it is sent. */
export interface GatherKind<Request, Response> {
  /** For errors: the call as the caller knows it, `KV.Put`. */
  readonly method: string;
  sendOne(entry: Entry<Request, Response>): Promise<Response>;
  /** Sends several as one; the answers in the order of the entries. */
  sendAll(
    entries: readonly Entry<Request, Response>[],
    timeoutMs: number,
  ): Promise<readonly Response[]>;
  /** How many operations a batch may have now. */
  readonly maxOperations: number;
  /** How many batches may be under way now. */
  readonly maxFlights: number;
  /** The server refused a batch for its size. */
  tooLarge(): void;
}

/**
 * Natural batching: while earlier calls are under way the next ones gather, and go out together when
 * one of them returns. A lone call goes at once. A call never joins a batch that was sent, and a batch
 * that was sent is never cancelled: who gives up is detached from it.
 */
export class Gatherer<Request, Response> {
  readonly #kind: GatherKind<Request, Response>;
  readonly #clock: Clock;
  /** Calls in the order they were made. */
  #queue: Entry<Request, Response>[] = [];
  readonly #sent = new Set<Entry<Request, Response>>();
  /** Identities that are under way. */
  readonly #busy = new Set<string>();
  /** When each flight that is under way began. */
  readonly #flights = new Set<{ readonly startedAt: number }>();
  #sweep: TimerHandle | undefined;

  constructor(kind: GatherKind<Request, Response>, clock: Clock) {
    this.#kind = kind;
    this.#clock = clock;
  }

  /** Makes a call, now or with others. */
  call(
    request: Request,
    shape: Pick<Entry<Request, Response>, 'identity' | 'bytes' | 'alone'>,
    timeoutMs: number,
    options: TransportCallOptions,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const entry: Entry<Request, Response> = {
        request,
        ...shape,
        deadline: timeoutMs === 0 ? Infinity : this.#clock.now() + timeoutMs,
        timeoutMs,
        options,
        resolve,
        reject,
        stopListening: () => {},
        stage: 'waiting',
      };
      this.#queue.push(entry);
      if (options.signal !== undefined) {
        entry.stopListening = onAbort(options.signal, (reason) => {
          const details = { method: this.#kind.method, outcome: outcomeOf(entry.stage) };
          this.#fail(entry, abortedError(reason, details));
        });
      }
      this.#pump();
    });
  }

  /** Rejects the calls that wait; those under way are the transport's to end. */
  close(): void {
    for (const entry of this.#queue.splice(0)) {
      const details = { method: this.#kind.method, outcome: 'not-sent' } as const;
      this.#fail(entry, new ClientClosedError('the client was closed', details));
    }
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#youngFlights() < this.#kind.maxFlights) {
      const batch = this.#take();
      if (batch.length === 0) break;
      this.#fly(batch);
    }
    const idle = this.#queue.length === 0 && this.#sent.size === 0;
    if (!idle) this.#sweep ??= this.#clock.setTimeout(() => this.#onSweep(), SWEEP_MS);
  }

  #youngFlights(): number {
    if (this.#flights.size === 0) return 0;
    const youngest = this.#clock.now() - FLIGHT_WINDOW_MS;
    let young = 0;
    for (const { startedAt } of this.#flights) if (startedAt > youngest) young++;
    return young;
  }

  /** The next calls that may travel together, in their order; one at least travels alone if it must. */
  #take(): Entry<Request, Response>[] {
    const batch: Entry<Request, Response>[] = [];
    const held = new Set<string>();
    const left: Entry<Request, Response>[] = [];
    const most = this.#kind.maxOperations;
    let bytes = 0;
    let full = false;
    for (const entry of this.#queue) {
      if (entry.stage === 'settled') continue;
      const { identity } = entry;
      const waits = identity !== undefined && (held.has(identity) || this.#busy.has(identity));
      const fits = batch.length === 0 || (!entry.alone && bytes + entry.bytes <= MOST_BATCH_BYTES);
      if (full || waits || !fits) {
        left.push(entry);
      } else {
        batch.push(entry);
        bytes += entry.bytes;
        full = entry.alone || batch.length >= most;
      }
      // What comes later for the same identity must not overtake.
      if (identity !== undefined) held.add(identity);
    }
    this.#queue = left;
    return batch;
  }

  #fly(batch: readonly Entry<Request, Response>[]): void {
    const flight = { startedAt: this.#clock.now() };
    this.#flights.add(flight);
    for (const entry of batch) {
      entry.stage = 'sent';
      // A call by itself watches its own deadline.
      if (batch.length > 1) this.#sent.add(entry);
      if (entry.identity !== undefined) this.#busy.add(entry.identity);
    }
    void this.#send(batch).then(() => {
      this.#flights.delete(flight);
      for (const { identity } of batch) if (identity !== undefined) this.#busy.delete(identity);
      this.#pump();
    });
  }

  /** Sends a batch and settles its entries; in parts where the whole was refused. Never rejects. */
  async #send(batch: readonly Entry<Request, Response>[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    try {
      if (batch.length === 1) {
        this.#settle(first, await this.#kind.sendOne(first));
        return;
      }
      const answers = await this.#kind.sendAll(batch, this.#longestLeft(batch));
      for (const [index, entry] of batch.entries()) this.#settle(entry, answers[index] as Response);
    } catch (error) {
      if (batch.length > 1 && mayBeOneEntrysFault(error)) await this.#sendInParts(batch, error);
      else for (const entry of batch) this.#fail(entry, this.#ownError(error));
    }
  }

  async #sendInParts(batch: readonly Entry<Request, Response>[], error: EtcdError): Promise<void> {
    if (TOO_LARGE.has(error.code)) this.#kind.tooLarge();
    // Whoever gave up meanwhile is not sent again.
    const wanted = batch.filter(({ stage }) => stage === 'sent');
    const middle = Math.ceil(wanted.length / 2);
    await Promise.all([this.#send(wanted.slice(0, middle)), this.#send(wanted.slice(middle))]);
  }

  /** A batch is given as long as the most patient of its callers has. */
  #longestLeft(batch: readonly Entry<Request, Response>[]): number {
    const latest = Math.max(...batch.map(({ deadline }) => deadline));
    return latest === Infinity ? 0 : Math.max(1, latest - this.#clock.now());
  }

  /** The error of a batch as each of its calls tells it: a copy, under the call's own name. */
  #ownError(error: unknown): unknown {
    return error instanceof EtcdError ? withDetails(error, { method: this.#kind.method }) : error;
  }

  #settle(entry: Entry<Request, Response>, response: Response): void {
    if (this.#leave(entry)) entry.resolve(response);
  }

  #fail(entry: Entry<Request, Response>, error: unknown): void {
    if (this.#leave(entry)) entry.reject(error);
  }

  #leave(entry: Entry<Request, Response>): boolean {
    if (entry.stage === 'settled') return false;
    entry.stage = 'settled';
    entry.stopListening();
    this.#sent.delete(entry);
    return true;
  }

  #onSweep(): void {
    this.#sweep = undefined;
    const now = this.#clock.now();
    for (const entry of [...this.#queue, ...this.#sent]) {
      if (entry.deadline > now) continue;
      const { method } = this.#kind;
      const message = `${method} took longer than ${entry.timeoutMs} ms`;
      this.#fail(entry, new TimeoutError(message, { method, outcome: outcomeOf(entry.stage) }));
    }
    this.#queue = this.#queue.filter(({ stage }) => stage === 'waiting');
    this.#pump();
  }
}

const TOO_LARGE: ReadonlySet<string> = new Set(['TOO_MANY_OPERATIONS', 'REQUEST_TOO_LARGE']);

function outcomeOf(stage: 'waiting' | 'sent' | 'settled'): Outcome {
  return stage === 'waiting' ? 'not-sent' : 'unknown';
}

/** The server refused the whole, and nothing of it was applied: one entry may be to blame. */
function mayBeOneEntrysFault(error: unknown): error is EtcdError {
  return error instanceof EtcdError && error.outcome === 'not-applied' && !isTransient(error);
}
