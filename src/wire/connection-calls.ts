import { GrpcCode } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { CoarseTimers } from '../internal/coarse-timers.js';
import { type CallStatus, CLOSED, deadlineExceeded } from './call-status.js';
import type { FloodGuard } from './flood-guard.js';
import type { Outlet } from './outlet.js';
import { H2Code, NO_STREAM_LIMIT } from './protocol.js';
import { type Metadata, RequestBlocks, type RequestOrigin } from './request-blocks.js';
import { type CallListener, Stream, type StreamContext } from './stream.js';
import { StreamTable } from './stream-table.js';
import { WaitingStreams } from './waiting-streams.js';

/** The connection, as its calls need it. */
export interface ConnectionCallsContext {
  readonly clock: Clock;
  readonly origin: RequestOrigin;
  readonly guard: FloodGuard;
  readonly outlet: Outlet;
  readonly mostMessageBytes: number;
  readonly firstStreamId: number | undefined;
  /** A call begins on the wire. */
  begun(): void;
  /** Something was read from a stream: the peer may go on. */
  taken(stream: Stream): void;
  /** The last number of a stream was given out. */
  exhausted(): void;
  /** No call is under way any more. */
  emptied(): void;
}

/**
 * The calls of a connection. Those under way have a stream each. The others wait, in their order, for the
 * connection or for one of the streams that the peer allows.
 */
export class ConnectionCalls implements StreamContext {
  readonly mostMessageBytes: number;
  readonly streams: StreamTable;
  readonly blocks: RequestBlocks;
  readonly #context: ConnectionCallsContext;
  readonly #outlet: Outlet;
  readonly #waiting = new WaitingStreams();
  readonly #deadlines: CoarseTimers<Stream>;
  /** The time for calls to begin: as soon as the peer has said its settings, and until it takes no more. */
  #begin: 'later' | 'now' | 'never' = 'later';
  #limit = NO_STREAM_LIMIT;

  constructor(context: ConnectionCallsContext) {
    this.#context = context;
    this.#outlet = context.outlet;
    this.mostMessageBytes = context.mostMessageBytes;
    this.streams = new StreamTable(context.firstStreamId);
    this.blocks = new RequestBlocks(context.origin);
    this.#deadlines = new CoarseTimers(context.clock, (stream) => {
      stream.cancel(deadlineExceeded(this.#outlet.hasFlushed(stream)));
    });
  }

  /** True while a call is under way, or waits. */
  get some(): boolean {
    return this.streams.size > 0 || !this.#waiting.isEmpty;
  }

  /** Streams that the peer allows at a time. */
  get limit(): number {
    return this.#limit;
  }

  /** Makes a call. Without a message it stays open for writing; with one, that is all that is sent. */
  make(
    path: string,
    metadata: Metadata,
    timeoutMs: number,
    listener: CallListener,
    message: Uint8Array | undefined,
  ): Stream {
    const deadline = timeoutMs === Infinity ? timeoutMs : this.#context.clock.now() + timeoutMs;
    const stream = new Stream(this, path, metadata, deadline, listener);
    if (message !== undefined) {
      stream.outbox.push(message);
      stream.endsAfterOutbox = true;
    }
    if (this.#begin === 'never') {
      queueMicrotask(() => stream.end(CLOSED));
      return stream;
    }
    this.#deadlines.add(stream, deadline);
    if (this.#begin === 'now' && this.#waiting.isEmpty && this.#hasRoom) {
      this.#start(stream, timeoutMs);
    } else {
      this.#outlet.hold();
      this.#waiting.add(stream);
    }
    return stream;
  }

  /** The peer allows so many streams, and calls may begin. */
  allow(limit: number): void {
    this.#limit = limit;
    if (this.#begin === 'later') this.#begin = 'now';
    this.#startWaiting();
  }

  /** Takes no more calls. */
  stop(): void {
    this.#begin = 'never';
  }

  /** Ends the calls that wait. */
  endWaiting(status: CallStatus): void {
    for (const stream of this.#waiting.takeAll()) this.#tellEnd(stream, status);
  }

  /** Ends the streams above this number: the peer says that it has not looked at them. */
  endAbove(lastId: number, statusOf: (stream: Stream) => CallStatus): void {
    for (const stream of this.streams.all()) {
      if (stream.id > lastId) this.end(stream, statusOf(stream), true);
    }
  }

  /** The connection is gone, and all calls with it. */
  endAll(statusOf: (stream: Stream) => CallStatus, ofWaiting: CallStatus): void {
    this.#deadlines.clear();
    for (const stream of this.streams.all()) {
      this.streams.remove(stream, false);
      stream.end(statusOf(stream));
    }
    for (const stream of this.#waiting.takeAll()) stream.end(ofWaiting);
  }

  /**
   * Ends a stream that is over on the wire.
   *
   * @param byUs is true if the peer may not know of it yet
   */
  end(stream: Stream, status: CallStatus, byUs: boolean): void {
    this.#remove(stream, byUs);
    this.#tellEnd(stream, status);
  }

  /** Ends a stream on our side: the peer is told why by its code. */
  breakOff(stream: Stream, code: number, status: CallStatus): void {
    this.#outlet.writer.reset(stream.id, code);
    this.end(stream, status, true);
  }

  send(stream: Stream): void {
    // It waits to begin, or has ended on the wire while its messages wait to be read.
    if (this.streams.get(stream.id) !== stream) return;
    this.#outlet.sender.send(stream);
    this.#outlet.schedule();
  }

  taken(stream: Stream): void {
    if (this.streams.get(stream.id) === stream) this.#context.taken(stream);
  }

  abandon(stream: Stream): void {
    this.#deadlines.remove(stream, stream.deadline);
    this.#waiting.remove(stream);
    if (this.streams.get(stream.id) === stream) {
      this.#outlet.writer.reset(stream.id, H2Code.CANCEL);
      this.#remove(stream, true);
    } else {
      this.#outlet.letGo();
    }
  }

  thrown(stream: Stream, error: unknown): void {
    const details = `a callback of the call has failed: ${error}`;
    if (stream.over) process.emitWarning(details);
    else stream.cancel({ code: GrpcCode.INTERNAL, details });
  }

  get #hasRoom(): boolean {
    return this.streams.size < this.#limit;
  }

  #start(stream: Stream, timeoutMs: number): void {
    const { guard } = this.#context;
    const outlet = this.#outlet;
    outlet.hold();
    this.#context.begun();
    this.streams.begin(stream);
    guard.useful();
    outlet.writer.headers(
      stream.id,
      this.blocks.block(stream.path, stream.metadata),
      this.blocks.timeout(timeoutMs),
      outlet.sender.mostFrameBytes,
    );
    outlet.sender.begin(stream);
    outlet.schedule();
    // Its number was the last one: the next calls need another connection.
    if (!this.streams.hasIds) this.#context.exhausted();
  }

  #startWaiting(): void {
    while (!this.#waiting.isEmpty && this.#begin === 'now' && this.#hasRoom) {
      const stream = this.#waiting.take();
      if (stream === undefined) return;
      const { deadline } = stream;
      const leftMs = deadline === Infinity ? deadline : deadline - this.#context.clock.now();
      // Its time is over, and only the timer has not said so yet: the peer must not see it.
      if (leftMs <= 0) stream.cancel(deadlineExceeded(false));
      else this.#start(stream, leftMs);
    }
  }

  /** Takes a stream out that has ended on the wire. */
  #remove(stream: Stream, byUs: boolean): void {
    this.streams.remove(stream, byUs);
    this.#outlet.sender.forget(stream);
    this.#startWaiting();
    if (this.streams.size === 0) this.#context.emptied();
    this.#outlet.schedule();
  }

  #tellEnd(stream: Stream, status: CallStatus): void {
    stream.end(status);
    // Otherwise messages wait to be read, and the deadline goes on.
    if (stream.over) this.#deadlines.remove(stream, stream.deadline);
  }
}
