import type { CallsStatus } from '../../diagnostics/status.js';
import {
  abortedError,
  clientClosed,
  EtcdError,
  InvalidArgumentError,
  isTransient,
  withDetails,
} from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { LinkedList } from '../../internal/linked-list.js';
import { onAbort } from '../../internal/linked-signal.js';
import { beforeNextTurn, nextTurn } from '../../internal/next-turn.js';
import type { TxnRequestInput, TxnResponse } from '../../rpc/generated/types.js';
import type { Method } from '../../rpc/method.js';
import { kv } from '../../rpc/services.js';
import type { CallProgress, SteeredTransport } from '../call/attempts.js';
import type { Connection } from '../connection/endpoint.js';
import type { TransportCallOptions } from '../transport.js';
import { type BatchLimits, TOO_LARGE } from './batch-limits.js';
import type { ConnectionLoad } from './connection-load.js';
import { Entry, type EntryShape } from './entry.js';
import { KeyOrder } from './key-order.js';
import { type Batch, ReadyQueue } from './ready-queue.js';

/** A kind of calls that are gathered, and how a batch of them is written and read. */
export interface GatherKind<Request, Response> {
  /** The method of a call that travels by itself. */
  readonly method: Method<Request, Response>;
  /**
   * True if calls of one identity must be applied in the order they were made. Then nothing that was sent is
   * ever cancelled, and the next call of the same identity waits for its end.
   */
  readonly ordered: boolean;
  pack(requests: readonly Request[]): TxnRequestInput;
  /** Returns the answers in the order of the requests; throws when one is missing. */
  unpack(requests: readonly Request[], response: TxnResponse): readonly Response[];
  /** Told of the answer to a call that travelled by itself. */
  noteAlone?(request: Request, response: Response): void;
}

/** The part of the batching that gatherers need. */
export interface GathererContext {
  readonly transport: SteeredTransport;
  readonly clock: Clock;
  readonly load: ConnectionLoad;
  readonly limits: BatchLimits;
}

/**
 * Natural batching: calls that are made in one turn of the event loop go out together at its end, and
 * nothing waits for company nor for an answer. The busier the process, the longer its turns and the larger
 * its batches.
 *
 * A call never joins a batch that was sent, and a batch that was sent is never cancelled: who gives up is
 * detached from it.
 */
export class Gatherer<Request, Response> {
  readonly #kind: GatherKind<Request, Response>;
  readonly #context: GathererContext;
  readonly #ready = new ReadyQueue<Request, Response>();
  readonly #order = new KeyOrder<Request, Response>();
  /** Calls that wait or are in a batch: their deadlines are watched here. */
  readonly #watched = new LinkedList<Entry<Request, Response>>();
  #scheduled = false;
  /** Calls that were handed to the transport. */
  #handedOver = 0;
  #timer: TimerHandle | undefined;
  #wakeAt = Infinity;
  /** No deadline is before this moment. */
  #earliestDeadline = Infinity;

  constructor(kind: GatherKind<Request, Response>, context: GathererContext) {
    this.#kind = kind;
    this.#context = context;
  }

  /** Makes a call: with others at the end of this turn, or at once if it shares no batch. */
  call(
    request: Request,
    shape: EntryShape,
    timeoutMs: number,
    options: TransportCallOptions,
  ): Promise<Response> {
    const since = this.#context.clock.now();
    const entry = new Entry<Request, Response>(request, shape, options, since, timeoutMs);
    this.#watched.add(entry);
    if (entry.deadline < this.#earliestDeadline) this.#earliestDeadline = entry.deadline;
    if (options.signal !== undefined) this.#listen(entry, options.signal);
    if (this.#order.enter(entry)) this.#start(entry);
    else this.#arm();
    return entry.promise;
  }

  /** Calls that wait or are in a batch: those that were handed over are the transport's to count. */
  get calls(): CallsStatus {
    let open = 0;
    let waiting = 0;
    for (const { stage } of this.#watched.all()) {
      if (stage === 'waiting') waiting++;
      if (stage === 'waiting' || stage === 'batched') open++;
    }
    return { open, waiting };
  }

  /** Rejects the calls that wait; those under way are the transport's to end. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const method = this.#kind.method.name;
    for (const entry of this.#watched.all()) {
      if (entry.stage === 'waiting') {
        this.#giveUp(entry, clientClosed({ method, outcome: 'not-sent' }));
      }
    }
  }

  #listen(entry: Entry<Request, Response>, signal: AbortSignal): void {
    const stop = onAbort(signal, (reason) => {
      const { outcome } = entry;
      this.#giveUp(entry, abortedError(reason, { method: this.#kind.method.name, outcome }));
    });
    if (entry.stage === 'settled') stop();
    else entry.stopListening = stop;
  }

  /** Fails a call for its caller. Of one that waits nobody else will say that it is over. */
  #giveUp(entry: Entry<Request, Response>, error: unknown): void {
    if (entry.stage === 'waiting') this.#watched.delete(entry);
    entry.fail(error);
  }

  /** Sends a call whose turn it is. */
  #start(entry: Entry<Request, Response>): void {
    if (entry.shape.alone) {
      void this.#goAlone(entry);
    } else {
      this.#ready.push(entry);
      this.#sendSoon();
    }
  }

  #sendSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const send = (): void => {
      this.#scheduled = false;
      this.#sendReady();
    };
    // A caller that is by itself would pay a turn of the event loop for company that does not come.
    if (this.#isIdle) beforeNextTurn(send);
    else nextTurn(send);
  }

  /** Nothing is under way, and one call at most waits. */
  get #isIdle(): boolean {
    return this.#handedOver === 0 && this.#watched.size <= 1;
  }

  #sendReady(): void {
    const { load, limits } = this.#context;
    while (!this.#ready.isEmpty) {
      const connection = load.next();
      if (connection === undefined && load.some) break;
      // Without a connection each call is the transport's, which waits for one.
      const most = connection === undefined ? 1 : limits.of(connection.endpoint);
      const batch = this.#ready.take(most, (entry) => this.#over(entry));
      const [first] = batch;
      if (first === undefined) continue;
      const lone = batch.length === 1 && !this.#kind.ordered;
      if (connection === undefined || lone) void this.#goAlone(first);
      else void this.#goTogether(batch, connection);
    }
    this.#arm();
  }

  /** Hands an entry to the transport as the call it is, which is retried, timed and aborted there. */
  async #goAlone(entry: Entry<Request, Response>): Promise<void> {
    await this.#handOver(entry);
    this.#over(entry);
  }

  async #handOver(entry: Entry<Request, Response>, failed?: CallProgress['failed']): Promise<void> {
    if (entry.stage === 'settled') return;
    const { request, options, since } = entry;
    const { transport } = this.#context;
    entry.stage = 'alone';
    entry.stopListening();
    this.#watched.delete(entry);
    this.#handedOver++;
    try {
      const response = await transport.goOn(this.#kind.method, request, options, { since, failed });
      this.#kind.noteAlone?.(request, response);
      entry.settle(response);
    } catch (error) {
      entry.fail(error);
    } finally {
      this.#handedOver--;
    }
  }

  async #goTogether(batch: Batch<Request, Response>, connection: Connection): Promise<void> {
    const { load } = this.#context;
    const sent = load.add(connection);
    for (const entry of batch) entry.stage = 'batched';
    await this.#send(batch, connection);
    load.remove(sent);
    if (!this.#ready.isEmpty) this.#sendSoon();
  }

  /** Sends a batch and settles its entries; in parts where the whole was refused. Never rejects. */
  async #send(batch: Batch<Request, Response>, connection: Connection): Promise<void> {
    try {
      const answers = await this.#attempt(batch, connection);
      for (let i = 0; i < batch.length; i++) {
        const entry = batch[i] as Entry<Request, Response>;
        entry.settle(answers[i] as Response);
        this.#over(entry);
      }
    } catch (error) {
      if (batch.length > 1 && this.#splits(error)) {
        await this.#sendInParts(batch, connection, error);
      } else {
        this.#failed(batch, connection, error);
      }
    }
  }

  async #attempt(
    batch: Batch<Request, Response>,
    connection: Connection,
  ): Promise<readonly Response[]> {
    const { transport } = this.#context;
    const { method } = this.#kind;
    const [first] = batch;
    for (const { options } of batch) options.trace?.sent(connection.endpoint.name, batch.length);
    const repeatable = first?.shape.repeatable === true;
    const readOnly = !this.#kind.ordered;
    const options = { timeoutMs: this.#longestLeft(batch), repeatable, readOnly };
    if (batch.length === 1 && first !== undefined) {
      return [await transport.attempt(method, first.request, connection, options)];
    }
    const requests = batch.map(({ request }) => request);
    const txn = this.#kind.pack(requests);
    return this.#kind.unpack(requests, await transport.attempt(kv.txn, txn, connection, options));
  }

  /** Returns the time of a batch: as long as the most patient of its callers has. */
  #longestLeft(batch: Batch<Request, Response>): number {
    let latest = 0;
    for (const { deadline } of batch) if (deadline > latest) latest = deadline;
    return latest === Infinity ? 0 : Math.max(1, latest - this.#context.clock.now());
  }

  /** Returns whether one entry alone may be the cause: the server refused the whole, and not for the moment. */
  #splits(error: unknown): error is EtcdError {
    if (!(error instanceof EtcdError) || isTransient(error)) return false;
    if (error.code === 'RESPONSE_TOO_LARGE') return !this.#kind.ordered;
    return error.outcome === 'not-applied' || error.code === 'INVALID_ARGUMENT';
  }

  async #sendInParts(
    batch: Batch<Request, Response>,
    connection: Connection,
    { code }: EtcdError,
  ): Promise<void> {
    if (TOO_LARGE.has(code)) this.#context.limits.refused(connection.endpoint, batch.length);
    // Calls that were given up meanwhile are not sent again.
    const wanted = batch.filter((entry) => {
      if (entry.stage === 'settled') this.#over(entry);
      return entry.stage !== 'settled';
    });
    const middle = Math.ceil(wanted.length / 2);
    const parts = [wanted.slice(0, middle), wanted.slice(middle)].filter(
      ({ length }) => length > 0,
    );
    await Promise.all(parts.map((part) => this.#send(part, connection)));
  }

  /** Lets each call go on by itself, as after any failed attempt. */
  #failed(batch: Batch<Request, Response>, connection: Connection, error: unknown): void {
    const now = this.#context.clock.now();
    for (const entry of batch) {
      if (entry.deadline <= now) entry.fail(entry.timedOut(this.#kind.method.name));
      if (entry.stage === 'settled') {
        this.#over(entry);
      } else if (error instanceof EtcdError) {
        void this.#goOn(entry, connection, error);
      } else {
        entry.fail(error);
        this.#over(entry);
      }
    }
  }

  async #goOn(
    entry: Entry<Request, Response>,
    connection: Connection,
    error: EtcdError,
  ): Promise<void> {
    if (error instanceof InvalidArgumentError) {
      entry.fail(error);
    } else {
      const own = withDetails(error, { method: this.#kind.method.name });
      if (error.code === 'CLIENT_CLOSED') entry.fail(own);
      else await this.#handOver(entry, { connection, error: own });
    }
    this.#over(entry);
  }

  /** Nothing of the entry is under way any more: the next of its identity may go. */
  #over(entry: Entry<Request, Response>): void {
    this.#watched.delete(entry);
    const next = this.#order.leave(entry);
    if (next !== undefined) this.#start(next);
  }

  /** Sets the timer for the next thing that happens by the passing of time alone. */
  #arm(): void {
    if (this.#watched.size === 0) return;
    const blocked = !this.#ready.isEmpty;
    const at = Math.min(
      blocked ? this.#context.load.nextChangeAt : Infinity,
      this.#earliestDeadline,
    );
    if (at >= this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = at;
    const { clock } = this.#context;
    this.#timer = clock.setTimeout(() => this.#wake(), at - clock.now());
    // Whatever is waited for has a connection, and that keeps the process alive.
    this.#timer.unref();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#wakeAt = Infinity;
    this.#earliestDeadline = Infinity;
    const now = this.#context.clock.now();
    for (const entry of this.#watched.all()) {
      if (entry.stage === 'settled') continue;
      const { deadline } = entry;
      if (deadline <= now) this.#giveUp(entry, entry.timedOut(this.#kind.method.name));
      else if (deadline < this.#earliestDeadline) this.#earliestDeadline = deadline;
    }
    this.#sendReady();
  }
}
