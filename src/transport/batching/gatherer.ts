import {
  abortedError,
  ClientClosedError,
  EtcdError,
  InvalidArgumentError,
  isTransient,
  withDetails,
} from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { onAbort } from '../../internal/linked-signal.js';
import type { TxnRequestInput, TxnResponse } from '../../rpc/generated/types.js';
import type { Method } from '../../rpc/method.js';
import { kv } from '../../rpc/services.js';
import type { Connection } from '../endpoint.js';
import type { PlacedCallOptions } from '../placed-call.js';
import type { Transport, TransportCallOptions } from '../transport.js';
import { Entry, type EntryShape, type Stage } from './entry.js';
import type { BatchLimits, Flight, Lane, Lanes } from './lanes.js';
import { type Batch, takeBatch } from './take-batch.js';

/** What is gathered, and how it is sent. */
export interface GatherKind<Request, Response> {
  /** The call as it is when it travels by itself. */
  readonly method: Method<Request, Response>;
  /**
   * Calls of one identity land in the order they were made: so nothing that was sent is ever
   * cancelled, and the next of the same identity waits for its end.
   */
  readonly ordered: boolean;
  /** The transaction only reads. */
  readonly readOnly: boolean;
  /** Operations in one batch, at most, whatever the server. */
  readonly maxOperations: number;
  pack(requests: readonly Request[]): TxnRequestInput;
  /** The answers in the order of the requests; throws when one is missing. */
  unpack(requests: readonly Request[], response: TxnResponse): readonly Response[];
  /** Told of the answer to a call that travelled by itself. */
  noteAlone?(request: Request, response: Response): void;
}

/** What gatherers share. */
export interface GathererHost {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: BatchLimits;
}

/**
 * Natural batching: while earlier calls are under way the next ones gather, and go out together when
 * one of them returns. A lone call goes at once. A call never joins a batch that was sent, and a batch
 * that was sent is never cancelled: who gives up is detached from it.
 */
export class Gatherer<Request, Response> {
  readonly #kind: GatherKind<Request, Response>;
  readonly #host: GathererHost;
  readonly #lanes: Lanes;
  /** Calls in the order they were made; some may have been given up. */
  #queue: Entry<Request, Response>[] = [];
  /** Batches under way: their deadlines are watched here. */
  readonly #batched = new Set<Batch<Request, Response>>();
  /** Identities that are under way. */
  readonly #busy = new Set<string>();
  #pumping = false;
  #timer: TimerHandle | undefined;
  #wakeAt = Infinity;
  /** No deadline is before this moment. */
  #earliestDeadline = Infinity;

  constructor(kind: GatherKind<Request, Response>, lanes: Lanes, host: GathererHost) {
    this.#kind = kind;
    this.#lanes = lanes;
    this.#host = host;
  }

  /** Makes a call, now or with others. */
  call(
    request: Request,
    shape: EntryShape,
    timeoutMs: number,
    options: TransportCallOptions,
  ): Promise<Response> {
    const entry = new Entry<Request, Response>(
      request,
      shape,
      options,
      this.#host.clock.now(),
      timeoutMs,
    );
    this.#queue.push(entry);
    if (entry.deadline < this.#earliestDeadline) this.#earliestDeadline = entry.deadline;
    if (options.signal !== undefined) this.#listen(entry, options.signal);
    this.#pumpSoon();
    return entry.promise;
  }

  /** Rejects the calls that wait; those under way are the transport's to end. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const method = this.#kind.method.name;
    for (const entry of this.#queue.splice(0)) {
      entry.fail(new ClientClosedError('the client was closed', { method, outcome: 'not-sent' }));
    }
  }

  #listen(entry: Entry<Request, Response>, signal: AbortSignal): void {
    const stop = onAbort(signal, (reason) => {
      const { outcome } = entry;
      entry.fail(abortedError(reason, { method: this.#kind.method.name, outcome }));
    });
    if (entry.stage === 'settled') stop();
    else entry.stopListening = stop;
  }

  /**
   * Sends what can be sent when the running code has come to its end, before any I/O: calls that are
   * made together travel together, and none of them waits.
   */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    process.nextTick(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const lane = this.#lanes.free();
      if (lane === undefined && this.#lanes.some) break;
      const batch = this.#take(lane);
      const [first] = batch;
      if (first === undefined) break;
      if (lane === undefined || first.shape.alone) void this.#goAlone(first, lane);
      else if (batch.length === 1 && !this.#kind.ordered) void this.#goAlone(first, lane);
      else void this.#flyTogether(batch, lane);
    }
    this.#arm();
  }

  /** The calls that go next; one alone where there is no connection, and the transport waits for one. */
  #take(lane: Lane | undefined): Batch<Request, Response> {
    const most =
      lane === undefined
        ? 1
        : Math.min(this.#host.limits.of(lane.connection.endpoint), this.#kind.maxOperations);
    const { batch, left } = takeBatch(this.#queue, this.#busy, most);
    this.#queue = left;
    for (const { shape } of batch) {
      if (shape.identity !== undefined) this.#busy.add(shape.identity);
    }
    return batch;
  }

  /** Hands an entry to the transport as the call it is, which is retried, timed and aborted there. */
  async #goAlone(entry: Entry<Request, Response>, lane?: Lane): Promise<void> {
    const flight = lane && this.#lanes.depart(lane);
    await this.#call(entry, lane?.connection);
    this.#over(entry);
    if (flight !== undefined) this.#lanes.land(flight);
    this.#pumpSoon();
  }

  /** The call that an entry is; `after` is how its batch failed on that connection. */
  async #call(
    entry: Entry<Request, Response>,
    via: Connection | undefined,
    after?: EtcdError,
  ): Promise<void> {
    if (entry.stage === 'settled') return;
    const { request, since, timeoutMs } = entry;
    entry.stage = 'alone';
    entry.stopListening();
    const options: PlacedCallOptions = { ...entry.options, since, timeoutMs, via, after };
    try {
      const response = await this.#host.transport.unary(this.#kind.method, request, options);
      this.#kind.noteAlone?.(request, response);
      entry.settle(response);
    } catch (error) {
      entry.fail(error);
    }
  }

  async #flyTogether(batch: Batch<Request, Response>, lane: Lane): Promise<void> {
    const flight = this.#lanes.depart(lane);
    for (const entry of batch) entry.stage = 'batched';
    this.#batched.add(batch);
    await this.#send(batch, flight);
    this.#batched.delete(batch);
    this.#lanes.land(flight);
    this.#pumpSoon();
  }

  /** Sends a batch and settles its entries; in parts where the whole was refused. Never rejects. */
  async #send(batch: Batch<Request, Response>, flight: Flight): Promise<void> {
    try {
      const answers = await this.#attempt(batch, flight.lane.connection);
      for (let i = 0; i < batch.length; i++) {
        const entry = batch[i] as Entry<Request, Response>;
        entry.settle(answers[i] as Response);
        this.#over(entry);
      }
    } catch (error) {
      if (batch.length > 1 && this.#splits(error)) await this.#sendInParts(batch, flight, error);
      else this.#failed(batch, flight.lane.connection, error);
    }
  }

  /** One attempt over the given connection, which is never cancelled once it is sent. */
  async #attempt(batch: Batch<Request, Response>, via: Connection): Promise<readonly Response[]> {
    const { method, readOnly } = this.#kind;
    const [first] = batch;
    const options: PlacedCallOptions = {
      timeoutMs: this.#longestLeft(batch),
      via,
      once: true,
      uncancelled: true,
      readOnly: readOnly || undefined,
      idempotent: first?.shape.repeatable,
    };
    const { transport } = this.#host;
    if (batch.length === 1 && first !== undefined) {
      return [await transport.unary(method, first.request, options)];
    }
    const requests = batch.map(({ request }) => request);
    const response = await transport.unary(kv.txn, this.#kind.pack(requests), options);
    return this.#kind.unpack(requests, response);
  }

  /** A batch is given as long as the most patient of its callers has. */
  #longestLeft(batch: Batch<Request, Response>): number {
    let latest = 0;
    for (const { deadline } of batch) if (deadline > latest) latest = deadline;
    return latest === Infinity ? 0 : Math.max(1, latest - this.#host.clock.now());
  }

  /** Whether one entry alone may be to blame: the server refused the whole, for good. */
  #splits(error: unknown): error is EtcdError {
    if (!(error instanceof EtcdError) || isTransient(error)) return false;
    if (error.code === 'RESPONSE_TOO_LARGE') return this.#kind.readOnly;
    return error.outcome === 'not-applied' || error.code === 'INVALID_ARGUMENT';
  }

  async #sendInParts(
    batch: Batch<Request, Response>,
    flight: Flight,
    { code }: EtcdError,
  ): Promise<void> {
    const { endpoint } = flight.lane.connection;
    if (TOO_LARGE.has(code)) this.#host.limits.refused(endpoint, batch.length);
    // Whoever gave up meanwhile is not sent again.
    const wanted = batch.filter((entry) => {
      if (entry.stage === 'settled') this.#over(entry);
      return entry.stage !== 'settled';
    });
    const middle = Math.ceil(wanted.length / 2);
    const parts = [wanted.slice(0, middle), wanted.slice(middle)].filter(
      ({ length }) => length > 0,
    );
    await Promise.all(parts.map((part) => this.#send(part, flight)));
  }

  /** Whether and how to go on is each call's own matter from here, as after any failed attempt. */
  #failed(batch: Batch<Request, Response>, via: Connection, error: unknown): void {
    const now = this.#host.clock.now();
    for (const entry of batch) {
      if (entry.deadline <= now) entry.fail(entry.timedOut(this.#kind.method.name));
      if (entry.stage === 'settled') {
        this.#over(entry);
      } else if (error instanceof EtcdError) {
        void this.#goOn(entry, via, error);
      } else {
        entry.fail(error);
        this.#over(entry);
      }
    }
  }

  async #goOn(entry: Entry<Request, Response>, via: Connection, error: EtcdError): Promise<void> {
    if (error instanceof InvalidArgumentError) {
      entry.fail(error);
    } else {
      const own = withDetails(error, { method: this.#kind.method.name });
      if (error.code === 'CLIENT_CLOSED') entry.fail(own);
      else await this.#call(entry, via, own);
    }
    this.#over(entry);
    this.#pumpSoon();
  }

  /** Nothing of the entry is under way any more: the next of its identity may go. */
  #over({ shape }: Entry<Request, Response>): void {
    if (shape.identity !== undefined) this.#busy.delete(shape.identity);
  }

  /** Sets the timer for the next thing that happens by the passing of time alone. */
  #arm(): void {
    const waiting = this.#queue.length > 0;
    if (!waiting && this.#batched.size === 0) return;
    const at = Math.min(waiting ? this.#lanes.nextChangeAt : Infinity, this.#earliestDeadline);
    if (at >= this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = at;
    const { clock } = this.#host;
    this.#timer = clock.setTimeout(() => this.#wake(), at - clock.now());
    // Whatever is waited for has a connection, and that keeps the process alive.
    this.#timer.unref();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#wakeAt = Infinity;
    this.#earliestDeadline = Infinity;
    this.#watchDeadlines(this.#queue, 'waiting');
    for (const batch of this.#batched) this.#watchDeadlines(batch, 'batched');
    this.#pump();
  }

  #watchDeadlines(entries: Batch<Request, Response>, stage: Stage): void {
    const now = this.#host.clock.now();
    for (const entry of entries) {
      if (entry.stage !== stage) continue;
      const { deadline } = entry;
      if (deadline <= now) entry.fail(entry.timedOut(this.#kind.method.name));
      else if (deadline < this.#earliestDeadline) this.#earliestDeadline = deadline;
    }
  }
}

const TOO_LARGE: ReadonlySet<string> = new Set([
  'TOO_MANY_OPERATIONS',
  'REQUEST_TOO_LARGE',
  'RESPONSE_TOO_LARGE',
]);
