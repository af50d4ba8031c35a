import type { Link } from './dial.js';
import type { FloodGuard } from './flood-guard.js';
import { FrameWriter } from './frame-writer.js';
import { Sender } from './sender.js';
import type { Stream } from './stream.js';

/** The connection, as its outlet needs it. */
export interface OutletContext {
  readonly guard: FloodGuard;
  /** The number of the latest stream that has begun. */
  lastStreamId(): number;
  /** True while calls are under way, or wait. */
  hasCalls(): boolean;
}

/**
 * The way to the socket. What is sent in one turn of the event loop goes out in one write. It is known which
 * calls have gone so far: the peer cannot have seen the others.
 */
export class Outlet {
  readonly writer = new FrameWriter();
  readonly sender: Sender;
  readonly #context: OutletContext;
  #link: Link | undefined;
  /** Nothing is written any more. */
  #ended = false;
  /** Streams of which a message was written and that want to know. */
  #written: Stream[] = [];
  /** The latest stream whose beginning was handed to the socket. */
  #flushedId = 0;
  #flushing = false;
  /** The socket keeps the process alive. */
  #held = false;

  constructor(context: OutletContext) {
    this.#context = context;
    this.sender = new Sender(this.writer, context.guard, (stream) => {
      if (stream.listener.onWritten !== undefined) this.#written.push(stream);
    });
  }

  /** Takes the socket; returns false, and ends it, if it comes too late. */
  attach(link: Link): boolean {
    if (this.#ended) {
      link.destroy();
      return false;
    }
    this.#link = link;
    this.#held = true;
    return true;
  }

  /** Tells if the peer can have seen anything of the call. */
  hasFlushed({ id }: Stream): boolean {
    return id !== 0 && id <= this.#flushedId;
  }

  /**
   * Plans a write behind all that happens in this turn: behind the microtasks, in which the callers that
   * were answered make their next calls. Those, the answers to pings and the rest then go out together.
   */
  schedule(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#afterMicrotasks);
  }

  /** The socket takes bytes again. */
  drained(): void {
    if (this.#ended) return;
    this.sender.blocked = false;
    this.sender.pump();
    this.flush();
  }

  readonly flush = (): void => {
    this.#flushing = false;
    const link = this.#link;
    if (link === undefined || this.#ended) return;
    if (!this.sender.blocked) {
      const blocks = this.writer.take();
      if (blocks.length > 0) {
        this.#flushedId = this.#context.lastStreamId();
        this.sender.blocked = !link.write(blocks);
        this.#tellWritten();
      }
      if (!this.sender.blocked && this.sender.waitsForSocket) {
        this.sender.pump();
        this.schedule();
      }
    }
    this.letGo();
  };

  /** Keeps the process alive: there are calls. */
  hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.#link?.ref();
  }

  /** Lets the process end, unless there are calls. */
  letGo(): void {
    if (!this.#held || this.#context.hasCalls()) return;
    this.#held = false;
    this.#link?.unref();
  }

  /** Writes what is left and why it is over, and ends the socket. */
  finish(code: number, reason: string): void {
    const link = this.#link;
    if (link === undefined || this.#ended) return;
    // What was not flushed goes out before the reason: the peer may act on it.
    this.#flushedId = this.#context.lastStreamId();
    this.writer.goAway(code, reason);
    for (const block of this.writer.take()) link.write([block]);
    link.end();
    this.#ended = true;
  }

  /** Writes nothing more: the socket is gone. */
  end(): void {
    this.#ended = true;
  }

  /** Ends the socket at once. */
  destroy(): void {
    this.#link?.destroy();
  }

  readonly #afterMicrotasks = (): void => process.nextTick(this.flush);

  #tellWritten(): void {
    if (this.#written.length === 0) return;
    const written = this.#written;
    this.#written = [];
    for (const stream of written) {
      if (!stream.over) stream.written();
    }
  }
}
