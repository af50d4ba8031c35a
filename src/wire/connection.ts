import type { Clock } from '../internal/clock.js';
import { CONNECTION_WINDOW_BYTES } from './answers.js';
import {
  type CallStatus,
  CLOSED,
  connectionDropped,
  EXHAUSTED,
  NOT_WRITTEN,
  notConnected,
  REFUSED,
} from './call-status.js';
import { ConnectionCalls } from './connection-calls.js';
import type { Link } from './dial.js';
import { ConnectionFault } from './faults.js';
import { FloodGuard } from './flood-guard.js';
import { FrameReader } from './frame-reader.js';
import { floodFault, flowControlFault, protocolFault, refuseOtherProtocol } from './frame-rules.js';
import { Inbound } from './inbound.js';
import { unreadable } from './message-reader.js';
import { Outlet } from './outlet.js';
import { Pongs } from './pongs.js';
import { codeName, DEFAULT_WINDOW, H2Code, Setting } from './protocol.js';
import { Pulse, type PulseTimes } from './pulse.js';
import type { Metadata, RequestOrigin } from './request-blocks.js';
import { MOST_FIELD_BYTES } from './response-fields.js';
import { type CallListener, STREAM_WINDOW_BYTES, type Stream } from './stream.js';

/**
 * The state of a connection. It is `ready` when the settings of the peer have arrived. It is `closed` as soon
 * as it takes no more calls; those under way are finished where they can be.
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

/** The way in which a peer has announced its going. */
interface Farewell {
  readonly code: number;
  readonly lastId: number;
  readonly reason: string;
}

/**
 * A connection of HTTP/2 over which calls of gRPC are made. It knows nothing of sockets: bytes go to a
 * `Link`, and come by `receive`.
 */
export class Connection {
  readonly #context: ConnectionContext;
  readonly #guard: FloodGuard;
  readonly #outlet: Outlet;
  readonly #calls: ConnectionCalls;
  readonly #inbound: Inbound;
  readonly #reader: FrameReader;
  readonly #pulse: Pulse;
  readonly #pongs: Pongs;
  #state: ConnectionState = 'connecting';
  /** The peer's settings have come: they are the last thing that was missing. */
  #settled = false;
  /** All is over: nothing is read or written any more. */
  #ended = false;
  #receivedBytes = 0;
  #farewell: Farewell | undefined;

  constructor(context: ConnectionContext) {
    this.#context = context;
    this.#guard = new FloodGuard(context.clock);
    this.#outlet = new Outlet({
      guard: this.#guard,
      lastStreamId: () => this.#calls.streams.lastId,
      hasCalls: () => this.#calls.some,
    });
    this.#calls = this.#makeCalls();
    this.#inbound = this.#makeInbound();
    this.#reader = new FrameReader((type, flags, id, bytes, start, end) => {
      this.#inbound.frame(type, flags, id, bytes, start, end);
      return !this.#ended;
    });
    this.#pulse = this.#makePulse();
    this.#pongs = new Pongs(context.clock, (bytes, start) => {
      this.#outlet.writer.pong(bytes, start);
      this.#outlet.schedule();
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Streams that the peer allows at a time; `undefined` as long as it has not said so. */
  get streamLimit(): number | undefined {
    return this.#settled ? this.#calls.limit : undefined;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** There is a socket, and it is connected: the first words go out. */
  attach(link: Link): void {
    if (!this.#outlet.attach(link)) return;
    const { writer } = this.#outlet;
    writer.preface();
    writer.settings([
      [Setting.ENABLE_PUSH, 0],
      [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
      [Setting.MAX_HEADER_LIST_SIZE, MOST_FIELD_BYTES],
    ]);
    writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW);
    this.#outlet.flush();
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
          : new ConnectionFault(
              H2Code.INTERNAL_ERROR,
              `an internal error of this client: ${error}`,
            );
      this.#breakOff(fault.code, fault.message);
    }
  }

  /** The socket takes bytes again. */
  drained(): void {
    this.#outlet.drained();
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
    return this.#calls.make(path, metadata, timeoutMs, listener, message);
  }

  /** Takes no more calls, and ends the connection when those under way have ended. */
  close(): void {
    this.#drain();
  }

  /** Ends the connection at once, and with it the calls that are under way. */
  destroy(): void {
    this.#outlet.destroy();
    this.#end('it was given up');
  }

  #makeCalls(): ConnectionCalls {
    const { clock, origin, mostMessageBytes, firstStreamId } = this.#context;
    return new ConnectionCalls({
      clock,
      origin,
      mostMessageBytes,
      firstStreamId,
      guard: this.#guard,
      outlet: this.#outlet,
      begun: () => this.#pulse.start(),
      taken: (stream) => this.#inbound.giveBack(stream),
      exhausted: () => this.#drain(),
      emptied: () => {
        if (this.#state === 'closed') this.#finish();
      },
    });
  }

  #makeInbound(): Inbound {
    const { writer } = this.#outlet;
    return new Inbound({
      streams: this.#calls.streams,
      guard: this.#guard,
      settings: (values) => this.#apply(values),
      pinged: (bytes, start) => {
        this.#checkReads();
        this.#pongs.pinged(bytes, start, this.#outlet.sender.isShortOfWindow);
      },
      goAway: (lastId, code, reason) => this.#peerGoes({ lastId, code, reason }),
      enlarged: (stream, bytes) => this.#enlarge(stream, bytes),
      giveBack: (streamId, bytes) => {
        writer.windowUpdate(streamId, bytes);
        this.#outlet.schedule();
      },
      ended: (stream, status) => {
        const early = !stream.localEnd;
        if (early) writer.reset(stream.id, H2Code.NO_ERROR);
        this.#calls.end(stream, status, early);
      },
      breakOff: (stream, code, status) => this.#calls.breakOff(stream, code, status),
    });
  }

  #makePulse(): Pulse {
    return new Pulse({
      clock: this.#context.clock,
      times: this.#context.pulse,
      receivedBytes: () => this.#receivedBytes,
      hasCalls: () => this.#calls.streams.size > 0,
      ping: () => {
        this.#outlet.writer.ping();
        this.#outlet.schedule();
      },
      dead: (reason) => {
        this.#outlet.destroy();
        this.#end(reason);
      },
    });
  }

  /** Takes the settings of the peer. */
  #apply(values: ReadonlyMap<number, number>): void {
    const { sender, writer } = this.#outlet;
    const frameBytes = values.get(Setting.MAX_FRAME_SIZE) ?? sender.mostFrameBytes;
    sender.mostFrameBytes = Math.min(frameBytes, MOST_FRAME_BYTES);
    const tableBytes = values.get(Setting.HEADER_TABLE_SIZE);
    if (tableBytes !== undefined) this.#calls.blocks.allowTable(tableBytes);
    writer.settingsAck();
    const window = values.get(Setting.INITIAL_WINDOW_SIZE);
    if (window !== undefined && !sender.setInitialWindow(window, this.#calls.streams.all())) {
      throw flowControlFault('a flow-control window that is too large');
    }
    this.#checkReads();
    this.#outlet.schedule();
    if (!this.#settled) {
      this.#settled = true;
      // It may have been closed meanwhile.
      if (this.#state === 'connecting') this.#setState('ready');
    }
    this.#calls.allow(values.get(Setting.MAX_CONCURRENT_STREAMS) ?? this.#calls.limit);
  }

  #enlarge(stream: Stream | undefined, bytes: number): void {
    const { sender } = this.#outlet;
    if (stream === undefined) {
      if (!sender.enlarge(bytes)) throw flowControlFault('a flow-control window that is too large');
    } else if (!sender.enlargeStream(stream, bytes)) {
      const { status: code, message: details } = unreadable(
        'a flow-control window that is too large',
      );
      this.#calls.breakOff(stream, H2Code.FLOW_CONTROL_ERROR, { code, details });
    }
    this.#outlet.schedule();
  }

  /** Refuses to answer a peer that does not read: the answers would stay in memory. */
  #checkReads(): void {
    if (this.#outlet.writer.pending <= MOST_UNREAD_BYTES) return;
    throw floodFault('the peer does not read the answers to its frames');
  }

  /** The peer takes no more streams. Those above its last one it has not looked at. */
  #peerGoes(farewell: Farewell): void {
    const { lastId } = farewell;
    if (lastId > (this.#farewell?.lastId ?? lastId)) {
      throw protocolFault('GOAWAY with a higher last stream than the one before');
    }
    this.#farewell = farewell;
    this.#drain();
    // One that was answered it has looked at, whatever it says.
    const gone = this.#dropped('');
    this.#calls.endAbove(lastId, ({ answered }) => (answered ? gone : REFUSED));
  }

  /** Takes no more calls; those that wait were not sent. */
  #drain(): void {
    if (this.#state === 'closed') return;
    this.#setState('closed');
    this.#calls.endWaiting(CLOSED);
    if (this.#calls.streams.size === 0) this.#finish();
  }

  /** Ends a connection that is of no more use, in good order. */
  #finish(): void {
    if (!this.#ended) this.#breakOff(H2Code.NO_ERROR, '');
  }

  /** Ends the connection, and tells the peer why. */
  #breakOff(code: number, reason: string): void {
    if (this.#ended) return;
    this.#outlet.finish(code, reason);
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outlet.end();
    this.#pulse.stop();
    this.#pongs.stop();
    const wasReady = this.#settled;
    this.#setState('closed');
    this.#calls.endAll(
      (stream) => (this.#outlet.hasFlushed(stream) ? this.#dropped(reason) : NOT_WRITTEN),
      wasReady ? CLOSED : notConnected(reason),
    );
  }

  #dropped(reason: string): CallStatus {
    const going = this.#farewell;
    if (going === undefined) return connectionDropped(reason);
    if (going.code === H2Code.ENHANCE_YOUR_CALM) return EXHAUSTED;
    return connectionDropped(`GOAWAY ${codeName(going.code)} ${going.reason}`.trimEnd());
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    if (state === 'closed') this.#calls.stop();
    this.#context.onState(state);
  }
}
