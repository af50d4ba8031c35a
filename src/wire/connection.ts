import { GrpcCode } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import {
  type CallStatus,
  CLOSED,
  connectionDropped,
  deadlineExceeded,
  EXHAUSTED,
  NOT_WRITTEN,
  notConnected,
  REFUSED,
} from './call-status.js';
import { Deadlines } from './deadlines.js';
import { ConnectionFault } from './faults.js';
import { FloodGuard } from './flood-guard.js';
import { FrameReader } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { CONNECTION_WINDOW_BYTES, Inbound, type InboundHost } from './inbound.js';
import type { Link } from './link.js';
import { codeName, DEFAULT_WINDOW, H2Code, NO_STREAM_LIMIT, Setting } from './protocol.js';
import { Pulse, type PulseTimes } from './pulse.js';
import { type Metadata, RequestBlocks, type RequestOrigin } from './request-blocks.js';
import { MOST_FIELD_BYTES } from './response-fields.js';
import { Sender } from './sender.js';
import { type CallListener, STREAM_WINDOW_BYTES, Stream, type StreamHost } from './stream.js';
import { StreamTable } from './stream-table.js';
import { WaitingStreams } from './waiting-streams.js';

/**
 * The state of a connection. It is `ready` when the peer has said its settings, and `closed` as soon as it
 * takes no more calls: those under way are finished where they can be.
 */
export type ConnectionState = 'connecting' | 'ready' | 'closed';

/** The things that a connection needs. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly origin: RequestOrigin;
  readonly pulse: PulseTimes;
  /** Bytes of the largest message that is taken. */
  readonly mostMessageBytes: number;
  /** The state has changed. */
  onState(state: ConnectionState): void;
  /** The number of the first stream. Default: 1. */
  readonly firstStreamId?: number | undefined;
}

/** Bytes of the largest frame that is sent: streams take turns by frames, whatever the peer would take. */
const MOST_FRAME_BYTES = 65_536;

/** A peer that does not read what it is sent may ask for answers to its pings up to so many bytes. */
const MOST_UNREAD_BYTES = 2 ** 22;

/** The bytes by which a server of TLS begins its complaint about something that is none. */
const TLS_ALERT = 0x15;

/**
 * A connection of HTTP/2 over which calls of gRPC are made. It knows nothing of sockets: bytes go to a
 * `Link`, and come by `receive`.
 */
export class Connection implements StreamHost {
  readonly mostMessageBytes: number;
  readonly #context: ConnectionContext;
  readonly #writer = new FrameWriter();
  readonly #reader: FrameReader;
  readonly #streams: StreamTable;
  readonly #waiting = new WaitingStreams();
  readonly #sender: Sender;
  readonly #inbound: Inbound;
  readonly #guard: FloodGuard;
  readonly #blocks: RequestBlocks;
  readonly #deadlines: Deadlines<Stream>;
  readonly #pulse: Pulse;
  /** Streams of which a message was written and that want to know. */
  #written: Stream[] = [];
  #link: Link | undefined;
  #state: ConnectionState = 'connecting';
  /** The peer's settings have come: they are the last thing that was missing. */
  #settled = false;
  /** All is over: nothing is read or written any more. */
  #ended = false;
  #streamLimit = NO_STREAM_LIMIT;
  #receivedBytes = 0;
  /** The latest stream whose beginning was handed to the socket. */
  #flushedId = 0;
  #flushing = false;
  /** The socket keeps the process alive. */
  #held = false;
  /** The way in which the peer has announced its going. */
  #goingAway:
    | { readonly code: number; readonly lastId: number; readonly reason: string }
    | undefined;

  constructor(context: ConnectionContext) {
    const { clock } = context;
    this.#context = context;
    this.mostMessageBytes = context.mostMessageBytes;
    this.#streams = new StreamTable(context.firstStreamId);
    this.#blocks = new RequestBlocks(context.origin);
    this.#deadlines = new Deadlines(clock, (stream) => this.#expire(stream));
    this.#guard = new FloodGuard(clock);
    this.#sender = new Sender(this.#writer, this.#guard, (stream) => {
      if (stream.listener.onWritten !== undefined) this.#written.push(stream);
    });
    this.#inbound = new Inbound(this.#inboundHost());
    this.#reader = new FrameReader((type, flags, id, bytes, start, end) => {
      this.#inbound.frame(type, flags, id, bytes, start, end);
      return !this.#ended;
    });
    this.#pulse = new Pulse({
      clock,
      times: context.pulse,
      receivedBytes: () => this.#receivedBytes,
      hasCalls: () => this.#streams.size > 0,
      ping: () => {
        this.#writer.ping();
        this.#schedule();
      },
      dead: (reason) => {
        this.#link?.destroy();
        this.#end(reason);
      },
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Streams that the peer allows at a time; `undefined` as long as it has not said so. */
  get streamLimit(): number | undefined {
    return this.#settled ? this.#streamLimit : undefined;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** There is a socket, and it is connected: the first words go out. */
  attach(link: Link): void {
    if (this.#ended) {
      link.destroy();
      return;
    }
    this.#link = link;
    this.#writer.preface();
    this.#writer.settings([
      [Setting.ENABLE_PUSH, 0],
      [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
      [Setting.MAX_HEADER_LIST_SIZE, MOST_FIELD_BYTES],
    ]);
    this.#writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW);
    this.#held = true;
    this.#flush();
  }

  /** Takes bytes from the socket, which may be written over when this returns. Throws nothing. */
  receive(bytes: Buffer, length: number): void {
    if (this.#ended) return;
    const first = this.#receivedBytes === 0;
    this.#receivedBytes += length;
    try {
      if (first) refuseOtherProtocol(bytes, length);
      this.#reader.push(bytes, length);
    } catch (error) {
      const fault =
        error instanceof ConnectionFault
          ? error
          : new ConnectionFault(H2Code.INTERNAL_ERROR, `a mistake of this client: ${error}`);
      this.#breakOff(fault.code, fault.message);
    }
  }

  /** The socket takes bytes again. */
  drained(): void {
    if (this.#ended) return;
    this.#sender.blocked = false;
    this.#sender.pump();
    this.#flush();
  }

  /** The socket is gone, or never came to be. */
  lost(reason: string): void {
    this.#end(reason);
  }

  /**
   * Makes a call. Without a message it stays open for writing; with one, that is all that is sent.
   *
   * @param timeoutMs `Infinity` for none
   */
  call(
    path: string,
    metadata: Metadata,
    timeoutMs: number,
    listener: CallListener,
    message?: Uint8Array,
  ): Stream {
    const now = timeoutMs === Infinity ? 0 : this.#context.clock.now();
    const stream = new Stream(this, path, metadata, now + timeoutMs, listener);
    if (message !== undefined) {
      stream.outbox.push(message);
      stream.endsAfterOutbox = true;
    }
    if (this.#state === 'closed') {
      queueMicrotask(() => stream.end(CLOSED));
      return stream;
    }
    this.#deadlines.add(stream);
    if (this.#state === 'ready' && this.#waiting.isEmpty && this.#hasRoom) {
      this.#begin(stream, timeoutMs);
    } else {
      this.#hold();
      this.#waiting.add(stream);
    }
    return stream;
  }

  /** Takes no more calls, and ends the connection when those under way have ended. */
  close(): void {
    this.#drain(CLOSED);
  }

  /** Ends the connection at once, and with it the calls that are under way. */
  destroy(): void {
    this.#link?.destroy();
    this.#end('it was given up');
  }

  send(stream: Stream): void {
    // It waits to begin, or has ended on the wire while its messages wait to be read.
    if (this.#streams.get(stream.id) !== stream) return;
    this.#sender.send(stream);
    this.#schedule();
  }

  taken(stream: Stream): void {
    if (this.#streams.get(stream.id) === stream) this.#inbound.giveBack(stream);
  }

  abandon(stream: Stream): void {
    this.#deadlines.remove(stream);
    this.#waiting.remove(stream);
    if (this.#streams.get(stream.id) === stream) {
      this.#writer.reset(stream.id, H2Code.CANCEL);
      this.#remove(stream, true);
    } else {
      this.#letGo();
    }
  }

  thrown(stream: Stream, error: unknown): void {
    const details = `a callback of the call has failed: ${error}`;
    if (stream.over) process.emitWarning(details);
    else stream.cancel({ code: GrpcCode.INTERNAL, details });
  }

  get #hasRoom(): boolean {
    return this.#streams.size < this.#streamLimit;
  }

  #begin(stream: Stream, timeoutMs: number): void {
    this.#hold();
    this.#pulse.start();
    this.#streams.begin(stream);
    this.#guard.useful();
    this.#writer.headers(
      stream.id,
      this.#blocks.block(stream.path, stream.metadata),
      this.#blocks.timeout(timeoutMs),
      this.#sender.mostFrameBytes,
    );
    this.#sender.begin(stream);
    this.#schedule();
    // Its number was the last one: the next calls need another connection.
    if (!this.#streams.hasIds) this.#drain(CLOSED);
  }

  #beginWaiting(): void {
    while (this.#state === 'ready' && this.#hasRoom) {
      const stream = this.#waiting.take();
      if (stream === undefined) return;
      const { deadline } = stream;
      const leftMs = deadline === Infinity ? deadline : deadline - this.#context.clock.now();
      // Its time is over, and only the timer has not said so yet: the peer must not see it.
      if (leftMs <= 0) stream.cancel(deadlineExceeded(false));
      else this.#begin(stream, leftMs);
    }
  }

  #expire(stream: Stream): void {
    stream.cancel(deadlineExceeded(this.#wasFlushed(stream)));
  }

  /** Returns whether the peer can have seen anything of the call. */
  #wasFlushed({ id }: Stream): boolean {
    return id !== 0 && id <= this.#flushedId;
  }

  /** Takes a stream out that has ended on the wire. */
  #remove(stream: Stream, byUs: boolean): void {
    this.#streams.remove(stream, byUs);
    this.#sender.forget(stream);
    this.#beginWaiting();
    if (this.#state === 'closed' && this.#streams.size === 0) this.#finish();
    this.#schedule();
  }

  #inboundHost(): InboundHost {
    return {
      streams: this.#streams,
      guard: this.#guard,
      settings: (values) => this.#apply(values),
      pinged: (bytes, start) => {
        this.#writer.pong(bytes, start);
        this.#schedule();
        this.#checkUnread();
      },
      goAway: (lastId, code, reason) => this.#peerGoes(lastId, code, reason),
      enlarged: (stream, bytes) => this.#enlarge(stream, bytes),
      giveBack: (streamId, bytes) => {
        this.#writer.windowUpdate(streamId, bytes);
        this.#schedule();
      },
      ended: (stream, status) => {
        const early = !stream.localEnd;
        if (early) this.#writer.reset(stream.id, H2Code.NO_ERROR);
        this.#remove(stream, early);
        this.#tellEnd(stream, status);
      },
      breakOff: (stream, code, status) => {
        this.#writer.reset(stream.id, code);
        this.#remove(stream, true);
        this.#tellEnd(stream, status);
      },
    };
  }

  #tellEnd(stream: Stream, status: CallStatus): void {
    stream.end(status);
    // Otherwise messages wait to be read, and the deadline goes on.
    if (stream.over) this.#deadlines.remove(stream);
  }

  #apply(values: ReadonlyMap<number, number>): void {
    this.#streamLimit = values.get(Setting.MAX_CONCURRENT_STREAMS) ?? this.#streamLimit;
    const frameBytes = values.get(Setting.MAX_FRAME_SIZE) ?? this.#sender.mostFrameBytes;
    this.#sender.mostFrameBytes = Math.min(frameBytes, MOST_FRAME_BYTES);
    const tableBytes = values.get(Setting.HEADER_TABLE_SIZE);
    if (tableBytes !== undefined) this.#blocks.allowTable(tableBytes);
    this.#writer.settingsAck();
    const window = values.get(Setting.INITIAL_WINDOW_SIZE);
    if (window !== undefined && !this.#sender.setInitialWindow(window, this.#streams.all())) {
      throw new ConnectionFault(H2Code.FLOW_CONTROL_ERROR, 'a window that is too large');
    }
    this.#schedule();
    this.#checkUnread();
    if (!this.#settled) {
      this.#settled = true;
      // It may have been closed meanwhile.
      if (this.#state === 'connecting') this.#setState('ready');
    }
    this.#beginWaiting();
  }

  #enlarge(stream: Stream | undefined, bytes: number): void {
    if (stream === undefined) {
      if (!this.#sender.enlarge(bytes)) {
        throw new ConnectionFault(H2Code.FLOW_CONTROL_ERROR, 'a window that is too large');
      }
    } else if (!this.#sender.enlargeStream(stream, bytes)) {
      this.#writer.reset(stream.id, H2Code.FLOW_CONTROL_ERROR);
      this.#remove(stream, true);
      const details = 'Unreadable response: a window that is too large';
      this.#tellEnd(stream, { code: GrpcCode.INTERNAL, details });
    }
    this.#schedule();
  }

  /** Ends a connection whose peer does not read what it asks for: that stays in memory. */
  #checkUnread(): void {
    if (this.#writer.pending <= MOST_UNREAD_BYTES) return;
    throw new ConnectionFault(H2Code.ENHANCE_YOUR_CALM, 'the peer does not read what it asks for');
  }

  /** The peer takes no more streams. Those above `lastId` it has not looked at. */
  #peerGoes(lastId: number, code: number, reason: string): void {
    if (lastId > (this.#goingAway?.lastId ?? lastId)) {
      throw new ConnectionFault(H2Code.PROTOCOL_ERROR, 'GOAWAY that takes back another');
    }
    this.#goingAway = { code, lastId, reason };
    this.#drain(CLOSED);
    for (const stream of this.#streams.all()) {
      if (stream.id <= lastId) continue;
      this.#remove(stream, true);
      this.#tellEnd(stream, REFUSED);
    }
  }

  /** Takes no more calls; those that wait fail with this. */
  #drain(status: CallStatus): void {
    if (this.#state === 'closed') return;
    this.#setState('closed');
    for (const stream of this.#waiting.takeAll()) this.#tellEnd(stream, status);
    if (this.#streams.size === 0) this.#finish();
  }

  /** Ends a connection that is of no more use, in good order. */
  #finish(): void {
    if (!this.#ended) this.#breakOff(H2Code.NO_ERROR, '');
  }

  /** Ends the connection, and tells the peer why. */
  #breakOff(code: number, reason: string): void {
    if (this.#ended) return;
    const link = this.#link;
    if (link !== undefined) {
      // What was not flushed goes out before the reason: the peer may act on it.
      this.#flushedId = this.#streams.lastId;
      this.#writer.goAway(code, reason);
      for (const block of this.#writer.take()) link.write([block]);
      link.end();
    }
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadlines.clear();
    this.#pulse.stop();
    const wasReady = this.#settled;
    this.#setState('closed');
    for (const stream of this.#streams.all()) {
      this.#streams.remove(stream, false);
      stream.end(this.#wasFlushed(stream) ? this.#dropped(reason) : NOT_WRITTEN);
    }
    for (const stream of this.#waiting.takeAll()) {
      stream.end(wasReady ? CLOSED : notConnected(reason));
    }
  }

  #dropped(reason: string): CallStatus {
    const going = this.#goingAway;
    if (going === undefined) return connectionDropped(reason);
    if (going.code === H2Code.ENHANCE_YOUR_CALM) return EXHAUSTED;
    return connectionDropped(`GOAWAY ${codeName(going.code)} ${going.reason}`.trimEnd());
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#context.onState(state);
  }

  /** While there are calls, the socket keeps the process alive. */
  #hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.#link?.ref();
  }

  #letGo(): void {
    if (!this.#held || this.#streams.size > 0 || !this.#waiting.isEmpty) return;
    this.#held = false;
    this.#link?.unref();
  }

  /**
   * Plans a write behind all that happens in this turn: behind the microtasks, in which the callers that
   * were answered make their next calls. Those, the answers to pings and the rest then go out together.
   */
  #schedule(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#afterMicrotasks);
  }

  readonly #afterMicrotasks = (): void => process.nextTick(this.#flush);

  readonly #flush = (): void => {
    this.#flushing = false;
    const link = this.#link;
    if (link === undefined || this.#ended) return;
    if (!this.#sender.blocked) {
      const blocks = this.#writer.take();
      if (blocks.length > 0) {
        this.#flushedId = this.#streams.lastId;
        this.#sender.blocked = !link.write(blocks);
        this.#tellWritten();
      }
      if (!this.#sender.blocked && this.#sender.waitsForSocket) {
        this.#sender.pump();
        this.#schedule();
      }
    }
    this.#letGo();
  };

  #tellWritten(): void {
    if (this.#written.length === 0) return;
    const written = this.#written;
    this.#written = [];
    for (const stream of written) {
      if (!stream.over) stream.written();
    }
  }
}

/** Tells the usual mistakes by the first bytes, where HTTP/2 would only see a frame that is too large. */
function refuseOtherProtocol(bytes: Buffer, length: number): void {
  const text = bytes.toString('latin1', 0, Math.min(length, 5));
  if (text === 'HTTP/') {
    throw new ConnectionFault(H2Code.PROTOCOL_ERROR, 'what answers there speaks HTTP/1');
  }
  if (bytes[0] === TLS_ALERT && bytes[1] === 3) {
    throw new ConnectionFault(H2Code.PROTOCOL_ERROR, 'what answers there speaks TLS: say https://');
  }
}
