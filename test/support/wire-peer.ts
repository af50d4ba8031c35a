import type { Link } from '../../src/wire/dial.js';
import {
  type CallListener,
  type CallStatus,
  Connection,
  type ConnectionState,
} from '../../src/wire/index.js';
import { Flag, FrameType, PREFACE } from '../../src/wire/protocol.js';
import type { Stream } from '../../src/wire/stream.js';
import { ManualClock } from './manual-clock.js';

/** A frame, as it was written. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** Writes a frame. */
export function frame(
  type: number,
  flags: number,
  id: number,
  payload: Uint8Array | string = '',
): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, bytes]);
}

/** A number in four bytes. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The payload of SETTINGS. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(pairs.length * 6);
  pairs.forEach(([setting, value], at) => {
    bytes.writeUInt16BE(setting, at * 6);
    bytes.writeUInt32BE(value, at * 6 + 2);
  });
  return bytes;
}

/** Header fields as literals that nobody remembers. */
export function fields(given: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(given)) {
    parts.push(Buffer.from([0]), text(name), text(value));
  }
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  if (value.length < 127)
    return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
  const length = [127];
  let rest = value.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), Buffer.from(value, 'latin1')]);
}

/** A message of gRPC with its prefix. */
export function message(body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([Buffer.from([0]), u32(bytes.length), bytes]);
}

export const GOOD_HEADERS = fields({ ':status': '200', 'content-type': 'application/grpc' });
export const GOOD_TRAILERS = fields({ 'grpc-status': '0', 'grpc-message': '' });

/** The frames of a good answer with these messages. */
export function answer(id: number, ...messages: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat([
    frame(FrameType.HEADERS, Flag.END_HEADERS, id, GOOD_HEADERS),
    ...messages.map((body) => frame(FrameType.DATA, 0, id, message(body))),
    frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, id, GOOD_TRAILERS),
  ]);
}

/** A call that was made: all that was told of it. */
export class WireCall implements CallListener {
  readonly messages: string[] = [];
  readonly ends: CallStatus[] = [];
  written = 0;
  stream!: Stream;

  onMessage(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString('latin1'));
  }

  onEnd(status: CallStatus): void {
    this.ends.push(status);
  }

  onWritten(): void {
    this.written++;
  }

  /** The one end of the call. */
  get end(): CallStatus | undefined {
    if (this.ends.length > 1) throw new Error('the call has ended twice');
    return this.ends[0];
  }
}

/** The other side of a connection, in the test's hand: no socket is between them. */
export class WirePeer {
  readonly clock = new ManualClock();
  readonly states: ConnectionState[] = [];
  readonly connection: Connection;
  /** The socket was ended: in order, or at once. */
  ended: 'no' | 'in order' | 'at once' = 'no';
  /** The socket takes nothing more. */
  blocked = false;
  referenced = true;
  #received = Buffer.alloc(0);

  constructor(firstStreamId?: number) {
    this.connection = new Connection({
      clock: this.clock,
      origin: { scheme: 'http', authority: 'a:1' },
      mostMessageBytes: 2 ** 31 - 1,
      pulse: { intervalMs: 10_000, timeoutMs: 3_000 },
      onState: (state) => this.states.push(state),
      firstStreamId,
    });
    const link: Link = {
      write: (blocks) => {
        this.#received = Buffer.concat([this.#received, ...blocks]);
        return !this.blocked;
      },
      end: () => {
        this.ended = 'in order';
      },
      destroy: () => {
        this.ended = 'at once';
      },
      ref: () => {
        this.referenced = true;
      },
      unref: () => {
        this.referenced = false;
      },
    };
    this.connection.attach(link);
  }

  /** A peer that has said its settings. */
  static ready(...pairs: readonly (readonly [number, number])[]): WirePeer {
    const peer = new WirePeer();
    peer.send(frame(FrameType.SETTINGS, 0, 0, settings(...pairs)));
    return peer;
  }

  /** Sends bytes, all at once. */
  send(...parts: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(parts);
    this.connection.receive(bytes, bytes.length);
  }

  /** Sends bytes in pieces of this size, in memory that is written over afterwards. */
  sendInPieces(bytes: Buffer, size: number): void {
    const memory = Buffer.alloc(size);
    for (let at = 0; at < bytes.length; at += size) {
      const length = bytes.copy(memory, 0, at, at + size);
      this.connection.receive(memory, length);
      memory.fill(0xaa);
    }
  }

  /** Makes a call with one message, whose answer is read. */
  unary(
    body: Uint8Array | string = 'q',
    timeoutMs = Infinity,
    metadata: Readonly<Record<string, string>> = {},
  ): WireCall {
    const call = new WireCall();
    call.stream = this.connection.call(
      '/s/m',
      metadata,
      timeoutMs,
      call,
      Buffer.from(body as string),
    );
    call.stream.read(2);
    return call;
  }

  /** Opens a stream. */
  open(timeoutMs = Infinity): WireCall {
    const call = new WireCall();
    call.stream = this.connection.call('/s/m', {}, timeoutMs, call);
    return call;
  }

  /** The frames that have been written since the last look, behind the preface. */
  async frames(): Promise<Frame[]> {
    await this.clock.advance(0);
    await this.clock.advance(0);
    let bytes = this.#received;
    this.#received = Buffer.alloc(0);
    if (bytes.toString('latin1', 0, PREFACE.length) === PREFACE)
      bytes = bytes.subarray(PREFACE.length);
    const frames: Frame[] = [];
    while (bytes.length > 0) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) throw new Error('a frame was written in part');
      frames.push({
        type: bytes[3] as number,
        flags: bytes[4] as number,
        id: bytes.readUInt32BE(5),
        payload: bytes.subarray(9, end),
      });
      bytes = bytes.subarray(end);
    }
    return frames;
  }

  /** The code of the GOAWAY that was written; `undefined` for none. */
  async goAway(): Promise<number | undefined> {
    const frames = await this.frames();
    return frames.find(({ type }) => type === FrameType.GOAWAY)?.payload.readUInt32BE(4);
  }

  /** The codes of the RST_STREAM that were written, by stream. */
  async resets(): Promise<[id: number, code: number][]> {
    const frames = await this.frames();
    return frames
      .filter(({ type }) => type === FrameType.RST_STREAM)
      .map(({ id, payload }) => [id, payload.readUInt32BE(0)]);
  }
}
