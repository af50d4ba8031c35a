import { GrpcCode } from '../errors/index.js';
import type { CallStatus } from './call-status.js';
import {
  MESSAGE_PREFIX_BYTES,
  MessageReader,
  type MessageSink,
  unreadable,
} from './message-reader.js';
import { ReceiveWindow } from './receive-window.js';
import type { Metadata } from './request-blocks.js';

/**
 * Bytes that the peer may send on a stream before it has to hear that some were taken: a page of an
 * iteration. A stream that is not read holds so much in memory.
 */
export const STREAM_WINDOW_BYTES = 2 ** 20;

/** Messages that were read are left in the list until there are so many and they are half of it. */
const COMPACT_FROM = 1_024;

/** Callbacks of a call. Nothing comes after `onEnd`, which comes once. */
export interface CallListener {
  onMessage(message: Uint8Array): void;
  onEnd(status: CallStatus): void;
  /** A written message was handed to the socket. */
  onWritten?(): void;
}

/** The connection, as its streams need it. */
export interface StreamContext {
  /** Bytes of the largest message that is taken. */
  readonly mostMessageBytes: number;
  /** There is something to be sent on the stream. */
  send(stream: Stream): void;
  /** Something was read from the stream: the peer may go on. */
  taken(stream: Stream): void;
  /** The caller has given the call up: nothing more is wanted of the peer. */
  abandon(stream: Stream): void;
  /** A callback of the call has thrown this. */
  thrown(stream: Stream, error: unknown): void;
}

/** One call: what waits to be sent, what has come and was not read, and how it stands. */
export class Stream implements MessageSink {
  readonly path: string;
  readonly metadata: Metadata;
  readonly listener: CallListener;
  /** The moment the call fails, on the clock's scale; `Infinity` for never. */
  readonly deadline: number;
  readonly #context: StreamContext;
  /** The number of the stream; 0 as long as the call waits to be sent. */
  id = 0;

  /** Messages that wait for room in the peer's windows, or for the stream to begin. */
  readonly outbox: Uint8Array[] = [];
  /** Bytes of the first of them that were sent, with its prefix. */
  sentBytes = 0;
  /** Our side ends behind the outbox. */
  endsAfterOutbox = false;
  /** Our side has ended. */
  localEnd = false;
  /** Bytes that the peer takes now on this stream. Below zero when the peer has made its windows smaller. */
  sendWindow = 0;

  /** The peer has sent its first header block. */
  answered = false;
  /** The status of HTTP in it. */
  httpStatus = 0;
  readonly window = new ReceiveWindow(STREAM_WINDOW_BYTES);
  readonly #reader: MessageReader;
  #inbox: Uint8Array[] = [];
  #inboxAt = 0;
  #inboxBytes = 0;
  /** Messages that are asked for and have not come. */
  #wanted = 0;
  #draining = false;
  /** A good end, which waits until the messages before it are read. */
  #goodEnd: CallStatus | undefined;
  /** The caller was told of the end, or has ended the call. */
  over = false;

  constructor(
    context: StreamContext,
    path: string,
    metadata: Metadata,
    deadline: number,
    listener: CallListener,
  ) {
    this.#context = context;
    this.#reader = new MessageReader(context.mostMessageBytes);
    this.path = path;
    this.metadata = metadata;
    this.deadline = deadline;
    this.listener = listener;
  }

  /** Bytes that have come and wait for somebody to read them. */
  get heldBytes(): number {
    return this.#inboxBytes + (this.#wanted > 0 ? 0 : this.#reader.pending);
  }

  /** Asks for messages; they are given when this has returned. */
  read(messages = 1): void {
    if (this.over) return;
    this.#wanted += messages;
    if (this.#inbox.length > 0) this.#drainSoon();
    // The rest of a large message is awaited, so the peer may go on.
    else if (this.#reader.pending > 0) this.#context.taken(this);
  }

  write(message: Uint8Array): void {
    if (this.over || this.endsAfterOutbox) return;
    this.outbox.push(message);
    this.#context.send(this);
  }

  /** Nothing more will be written. */
  halfClose(): void {
    if (this.over || this.endsAfterOutbox) return;
    this.endsAfterOutbox = true;
    this.#context.send(this);
  }

  /** Ends the call. Its listener is told `status`, when this has returned; without one it is told nothing. */
  cancel(status?: CallStatus): void {
    if (this.over) return;
    this.over = true;
    this.#forget();
    this.#context.abandon(this);
    if (status !== undefined) queueMicrotask(() => this.#tellEnd(status));
  }

  /**
   * Takes bytes that came on the stream.
   *
   * @throws MessageFault for bytes that are not a message
   */
  receive(bytes: Buffer, start: number, end: number): void {
    if (!this.over) this.#reader.push(bytes, start, end, this);
  }

  /** Takes a message that is complete. */
  message(message: Buffer): void {
    // A callback has ended the call between two messages of one frame.
    if (this.over) return;
    if (this.#wanted > 0 && this.#inbox.length === 0) {
      this.#wanted--;
      this.#give(message);
    } else {
      this.#inbox.push(message);
      this.#inboxBytes += message.length + MESSAGE_PREFIX_BYTES;
    }
  }

  /** A message was handed to the socket. */
  written(): void {
    try {
      this.listener.onWritten?.();
    } catch (error) {
      this.#context.thrown(this, error);
    }
  }

  /** The call has ended on the wire. A good end waits for the messages before it. */
  end(status: CallStatus): void {
    if (this.over) return;
    if (status.code === GrpcCode.OK && this.#reader.pending > 0) {
      const { status: code, message: details } = unreadable('it ends within a message');
      this.#endNow({ code, details });
    } else if (status.code === GrpcCode.OK && this.#inbox.length > 0) {
      this.#goodEnd = status;
    } else {
      this.#endNow(status);
    }
  }

  #endNow(status: CallStatus): void {
    this.over = true;
    this.#forget();
    this.#tellEnd(status);
  }

  #forget(): void {
    if (this.outbox.length > 0) this.outbox.length = 0;
    if (this.#inbox.length > 0) this.#inbox = [];
    this.#inboxBytes = 0;
  }

  #drainSoon(): void {
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => {
      this.#drain();
      this.#draining = false;
    });
  }

  #drain(): void {
    while (this.#wanted > 0 && this.#inboxAt < this.#inbox.length && !this.over) {
      const message = this.#inbox[this.#inboxAt++] as Uint8Array;
      this.#inboxBytes -= message.length + MESSAGE_PREFIX_BYTES;
      this.#wanted--;
      this.#give(message);
    }
    if (this.over) return;
    const left = this.#inbox.length - this.#inboxAt;
    if (left === 0 || (this.#inboxAt >= COMPACT_FROM && left < this.#inboxAt)) {
      this.#inbox = this.#inbox.slice(this.#inboxAt);
      this.#inboxAt = 0;
    }
    if (left === 0 && this.#goodEnd !== undefined) this.#endNow(this.#goodEnd);
    else this.#context.taken(this);
  }

  #give(message: Uint8Array): void {
    try {
      this.listener.onMessage(message);
    } catch (error) {
      this.#context.thrown(this, error);
    }
  }

  #tellEnd(status: CallStatus): void {
    try {
      this.listener.onEnd(status);
    } catch (error) {
      this.#context.thrown(this, error);
    }
  }
}
