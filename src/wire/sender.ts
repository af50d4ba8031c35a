import type { FloodGuard } from './flood-guard.js';
import type { FrameWriter } from './frame-writer.js';
import { MESSAGE_PREFIX_BYTES } from './message-reader.js';
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW, LARGEST_31_BIT } from './protocol.js';
import type { Stream } from './stream.js';

/** Bytes that are written ahead of the socket: more wait with their streams, in the memory of their callers. */
const WRITTEN_AHEAD_BYTES = 262_144;

/**
 * Sends messages as far as the windows of the peer allow. Streams that wait for the window of the connection
 * take turns, a frame each, so that a large message holds up no small one.
 */
export class Sender {
  readonly #writer: FrameWriter;
  /** Hears of each frame: the peer may answer it with a few words about its windows. */
  readonly #guard: FloodGuard;
  /** A message of this stream has been written to its end. */
  readonly #onWritten: (stream: Stream) => void;
  /** Streams that have something to send, and room for it in their own windows. */
  readonly #sendable = new Set<Stream>();
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;
  /** The largest frame that the peer takes. */
  mostFrameBytes = DEFAULT_FRAME_BYTES;
  /** The socket takes nothing more for now. */
  blocked = false;

  constructor(writer: FrameWriter, guard: FloodGuard, onWritten: (stream: Stream) => void) {
    this.#writer = writer;
    this.#guard = guard;
    this.#onWritten = onWritten;
  }

  /** The stream begins: its header block was written. */
  begin(stream: Stream): void {
    stream.sendWindow = this.#initialWindow;
    this.send(stream);
  }

  /** Sends what waits on a stream that has begun, or as much of it as is allowed. */
  send(stream: Stream): void {
    if (stream.outbox.length === 0) {
      if (!stream.endsAfterOutbox || stream.localEnd) return;
      stream.localEnd = true;
      this.#writer.endStream(stream.id);
      return;
    }
    if (stream.sendWindow <= 0) return;
    // Most messages find the way free, and are gone with their first frame.
    if (this.#sendable.size === 0 && this.#mayWrite) this.#sendFrame(stream);
    else this.#sendable.add(stream);
    if (this.#sendable.size > 0) this.pump();
  }

  /** Sends what is allowed now. */
  pump(): void {
    // A stream that has more to send goes to the end of the set: the loop comes to it again.
    for (const stream of this.#sendable) {
      if (!this.#mayWrite) return;
      this.#sendFrame(stream);
    }
  }

  get #mayWrite(): boolean {
    return !this.blocked && this.#window > 0 && this.#writer.pending < WRITTEN_AHEAD_BYTES;
  }

  /** True if there is something to send that waits for the socket alone. */
  get waitsForSocket(): boolean {
    return this.#sendable.size > 0 && this.#window > 0;
  }

  /**
   * True if most of what the peer takes at first is under way. It enlarges its windows by what it measures
   * now with its pings.
   */
  get isShortOfWindow(): boolean {
    return this.#window < DEFAULT_WINDOW / 2;
  }

  /** Nothing more is sent on this stream. */
  forget(stream: Stream): void {
    this.#sendable.delete(stream);
  }

  /** The peer takes more on the connection; false if the window becomes too large. */
  enlarge(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > LARGEST_31_BIT) return false;
    this.pump();
    return true;
  }

  /** The peer takes more on a stream; false if the window becomes too large. */
  enlargeStream(stream: Stream, bytes: number): boolean {
    stream.sendWindow += bytes;
    if (stream.sendWindow > LARGEST_31_BIT) return false;
    if (stream.outbox.length > 0) this.send(stream);
    return true;
  }

  /** The peer has another size for the windows of streams; false if one becomes too large. */
  setInitialWindow(bytes: number, streams: Iterable<Stream>): boolean {
    const more = bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    for (const stream of streams) {
      if (!this.enlargeStream(stream, more)) return false;
      if (stream.sendWindow <= 0) this.#sendable.delete(stream);
    }
    return true;
  }

  /** Sends one frame of a stream that may send one. */
  #sendFrame(stream: Stream): void {
    const message = stream.outbox[0] as Uint8Array;
    const whole = MESSAGE_PREFIX_BYTES + message.length;
    const from = stream.sentBytes;
    const to = Math.min(
      whole,
      from + Math.min(this.#window, stream.sendWindow, this.mostFrameBytes),
    );
    const complete = to === whole;
    const end = complete && stream.endsAfterOutbox && stream.outbox.length === 1;
    this.#writer.data(stream.id, message, from, to, end);
    this.#guard.useful();
    this.#window -= to - from;
    stream.sendWindow -= to - from;
    stream.sentBytes = complete ? 0 : to;
    if (complete) {
      stream.outbox.shift();
      if (end) stream.localEnd = true;
      this.#onWritten(stream);
    }
    // The others have their turns first.
    this.#sendable.delete(stream);
    if (stream.outbox.length > 0 && stream.sendWindow > 0) this.#sendable.add(stream);
  }
}
