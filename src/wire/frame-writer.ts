import { MESSAGE_PREFIX_BYTES } from './message-reader.js';
import { Flag, FRAME_HEADER_BYTES, FrameType, PREFACE } from './protocol.js';

/** Frames are written into blocks of this size; several of them go out in one write of the socket. */
const BLOCK_BYTES = 65_536;

/**
 * Frames that are to be written, one behind the other in a few blocks of memory. Everything that is sent in
 * one turn of the event loop becomes one write: that is where most of the time goes otherwise.
 */
export class FrameWriter {
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** The beginning of the part that was not taken yet. */
  #start = 0;
  #at = 0;
  #full: Buffer[] = [];
  #fullBytes = 0;

  /** Bytes that wait to be taken. */
  get pending(): number {
    return this.#fullBytes + this.#at - this.#start;
  }

  /** Takes what waits. The memory is not written to again. */
  take(): readonly Buffer[] {
    const taken = this.#full;
    this.#full = [];
    this.#fullBytes = 0;
    if (this.#at > this.#start) taken.push(this.#block.subarray(this.#start, this.#at));
    this.#start = this.#at;
    return taken;
  }

  preface(): void {
    this.#reserve(PREFACE.length);
    this.#at += this.#block.write(PREFACE, this.#at, 'latin1');
  }

  settings(settings: readonly (readonly [setting: number, value: number])[]): void {
    this.#frame(settings.length * 6, FrameType.SETTINGS, 0, 0);
    for (const [setting, value] of settings) {
      this.#at = this.#block.writeUInt16BE(setting, this.#at);
      this.#at = this.#block.writeUInt32BE(value, this.#at);
    }
  }

  settingsAck(): void {
    this.#frame(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  ping(): void {
    this.#frame(8, FrameType.PING, 0, 0);
    this.#block.fill(0, this.#at, this.#at + 8);
    this.#at += 8;
  }

  /** Answers a ping with its own eight bytes. */
  pong(bytes: Buffer, start: number): void {
    this.#frame(8, FrameType.PING, Flag.ACK, 0);
    this.#at += bytes.copy(this.#block, this.#at, start, start + 8);
  }

  goAway(code: number, reason: string): void {
    const text = Buffer.from(reason);
    this.#frame(8 + text.length, FrameType.GOAWAY, 0, 0);
    // No stream of the peer's was ever taken.
    this.#at = this.#block.writeUInt32BE(0, this.#at);
    this.#at = this.#block.writeUInt32BE(code, this.#at);
    this.#at += text.copy(this.#block, this.#at);
  }

  reset(streamId: number, code: number): void {
    this.#frame(4, FrameType.RST_STREAM, 0, streamId);
    this.#at = this.#block.writeUInt32BE(code, this.#at);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#frame(4, FrameType.WINDOW_UPDATE, 0, streamId);
    this.#at = this.#block.writeUInt32BE(bytes, this.#at);
  }

  /** Begins a stream; the block of fields goes out in as many frames as it needs. */
  headers(streamId: number, block: Buffer, rest: Buffer, mostBytes: number): void {
    const whole = block.length + rest.length;
    if (whole <= mostBytes) {
      this.#frame(whole, FrameType.HEADERS, Flag.END_HEADERS, streamId);
      this.#at += block.copy(this.#block, this.#at);
      this.#at += rest.copy(this.#block, this.#at);
      return;
    }
    const all = Buffer.concat([block, rest]);
    for (let at = 0; at < whole; at += mostBytes) {
      const end = Math.min(whole, at + mostBytes);
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      this.#frame(end - at, type, end === whole ? Flag.END_HEADERS : 0, streamId);
      this.#at += all.copy(this.#block, this.#at, at, end);
    }
  }

  /**
   * Writes a part of a message with its prefix: `from` and `to` count from the beginning of the prefix.
   */
  data(streamId: number, message: Uint8Array, from: number, to: number, endStream: boolean): void {
    this.#frame(to - from, FrameType.DATA, endStream ? Flag.END_STREAM : 0, streamId);
    let at = from;
    for (; at < to && at < MESSAGE_PREFIX_BYTES; at++) {
      // The length, in four bytes, behind one that says that it is not compressed.
      const shift = 8 * (MESSAGE_PREFIX_BYTES - 1 - at);
      this.#block[this.#at++] = at === 0 ? 0 : (message.length >>> shift) & 0xff;
    }
    if (at === to) return;
    const start = at - MESSAGE_PREFIX_BYTES;
    const end = to - MESSAGE_PREFIX_BYTES;
    const part = start === 0 && end === message.length ? message : message.subarray(start, end);
    this.#block.set(part, this.#at);
    this.#at += part.length;
  }

  /** Ends our side of a stream behind all that was sent. */
  endStream(streamId: number): void {
    this.#frame(0, FrameType.DATA, Flag.END_STREAM, streamId);
  }

  #frame(length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(FRAME_HEADER_BYTES + length);
    const block = this.#block;
    let at = this.#at;
    block[at++] = length >>> 16;
    block[at++] = length >>> 8;
    block[at++] = length;
    block[at++] = type;
    block[at++] = flags;
    block[at++] = streamId >>> 24;
    block[at++] = streamId >>> 16;
    block[at++] = streamId >>> 8;
    block[at++] = streamId;
    this.#at = at;
  }

  /** Makes room for a frame in one piece. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#block.length) return;
    if (this.#at > this.#start) {
      this.#full.push(this.#block.subarray(this.#start, this.#at));
      this.#fullBytes += this.#at - this.#start;
    }
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    this.#start = 0;
    this.#at = 0;
  }
}
