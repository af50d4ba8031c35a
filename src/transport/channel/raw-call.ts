import { type Channel, status as Code, Metadata } from '@grpc/grpc-js';
import { isBytes } from '../../internal/bytes.js';
import { MAX_TIMER_MS, systemClock } from '../../internal/clock.js';
import { ignore } from '../../internal/deferred.js';
import type { CancelCall, RawStatus, RawStream, StreamListener } from './channel.js';
import { CANCELLED, NO_ANSWER, TOO_MANY_ANSWERS } from './raw-status.js';

/** A channel of grpc-js, and who is to know of its calls. */
export interface GrpcChannel {
  readonly channel: Channel;
  /** A call was opened; answers how to tell that it is over. */
  callOpened(): () => void;
}

/** The server answered, and what it sent is no message: compressed as nobody said, or damaged. */
const UNREADABLE: RawStatus = { code: Code.INTERNAL, details: 'Unreadable response' };

/** The channel was closed before the call began: no server saw it. */
const CLOSED: RawStatus = {
  code: Code.UNAVAILABLE,
  details: 'Channel closed before call started',
};

/**
 * Sends one message and reads one answer, straight on the channel.
 *
 * @param timeoutMs `Infinity` for none
 * @param done is called once: with the bytes of the answer, or without them and the status
 */
export function unaryCall(
  channel: GrpcChannel,
  path: string,
  metadata: Metadata,
  timeoutMs: number,
  message: Uint8Array,
  done: (status: RawStatus, answer: Uint8Array | undefined) => void,
): CancelCall {
  const open = openCall(channel, path, timeoutMs);
  if (open === undefined) {
    queueMicrotask(() => done(CLOSED, undefined));
    return ignore;
  }
  const { call, closed } = open;
  let answer: Uint8Array | undefined;
  let over = false;
  const end = (status: RawStatus, bytes?: Uint8Array): void => {
    if (over) return;
    over = true;
    done(status, bytes);
  };
  const giveUp = (status: RawStatus): void => {
    if (!over) cancel(call);
    end(status);
  };
  call.start(metadata, {
    onReceiveMetadata: ignore,
    onReceiveMessage(bytes: unknown) {
      if (!isBytes(bytes)) return giveUp(UNREADABLE);
      if (answer !== undefined) return giveUp(TOO_MANY_ANSWERS);
      answer = bytes;
      // A second answer would hold back the status for as long as nobody asks for it.
      call.startRead();
    },
    onReceiveStatus(given) {
      // It comes for each call, for one that was cancelled too.
      closed();
      const status = readStatus(given);
      if (status.code !== Code.OK) end(status);
      else if (answer === undefined) end(NO_ANSWER);
      else end(status, answer);
    },
  });
  call.startRead();
  call.sendMessageWithContext({}, asBuffer(message));
  call.halfClose();
  return () => {
    if (over) return;
    over = true;
    cancel(call);
  };
}

/** A call of the channel, and how to tell its keepalive that it is over. */
interface OpenCall {
  readonly call: ReturnType<Channel['createCall']>;
  readonly closed: () => void;
}

/** Begins a call; `undefined` on a channel that was closed since it was chosen. */
function openCall(grpc: GrpcChannel, path: string, timeoutMs: number): OpenCall | undefined {
  try {
    const call = grpc.channel.createCall(path, deadlineIn(timeoutMs), null, null, null);
    return { call, closed: grpc.callOpened() };
  } catch {
    return undefined;
  }
}

/**
 * Cancels a call, however young. A call of grpc-js that is cancelled within some microtasks of its start
 * starts all the same, and would stay open as long as the connection. So it is cancelled again in the next
 * turn, when it has started.
 */
function cancel(call: ReturnType<Channel['createCall']>): void {
  const now = (): void => call.cancelWithStatus(CANCELLED.code, CANCELLED.details);
  now();
  setImmediate(now);
}

/** Opens a stream on the channel. Nothing is read before the first `read()`. */
export function streamCall(
  channel: GrpcChannel,
  path: string,
  metadata: Metadata,
  timeoutMs: number,
  listener: StreamListener,
): RawStream {
  const open = openCall(channel, path, timeoutMs);
  if (open === undefined) {
    queueMicrotask(() => listener.onEnd(CLOSED));
    return { read: ignore, write: ignore, halfClose: ignore, cancel: ignore };
  }
  const { call, closed } = open;
  let over = false;
  const end = (status: RawStatus): void => {
    if (over) return;
    over = true;
    listener.onEnd(status);
  };
  call.start(metadata, {
    onReceiveMetadata(headers) {
      // A page of a proxy, say, that was sent without waiting for our side of the stream. The channel
      // tells of it when both sides have ended.
      if (isForeign(headers)) call.halfClose();
    },
    onReceiveMessage(bytes: unknown) {
      if (over) return;
      if (isBytes(bytes)) {
        listener.onMessage(bytes);
      } else {
        cancel(call);
        end(UNREADABLE);
      }
    },
    onReceiveStatus(status) {
      closed();
      end(readStatus(status));
    },
  });
  return {
    read: () => call.startRead(),
    write(message) {
      call.sendMessageWithContext({ callback: () => listener.onWritten?.() }, asBuffer(message));
    },
    halfClose: () => call.halfClose(),
    cancel: () => cancel(call),
  };
}

/**
 * A status as the channel gives it, whatever it gives. Where grpc-js fails to read a message it passes
 * the code and the text of its error on, and that error need not have them.
 */
function readStatus(status: unknown): RawStatus {
  const { code, details } = (status ?? {}) as Partial<Record<keyof RawStatus, unknown>>;
  if (typeof code !== 'number') return UNREADABLE;
  return { code, details: typeof details === 'string' ? details : '' };
}

/** Returns whether the headers are those of something else than gRPC. */
function isForeign(headers: unknown): boolean {
  const [type] = headers instanceof Metadata ? headers.get('content-type') : [];
  return typeof type === 'string' && !type.startsWith('application/grpc');
}

/** The channel takes a Buffer: the same bytes, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Returns the deadline of a call. A deadline that is further away than any timer can wait becomes no
 * deadline. The time left has eight digits in gRPC. When it does not fit, grpc-js throws in a callback of its
 * own, which would end the process.
 */
function deadlineIn(timeoutMs: number): number {
  return timeoutMs > MAX_TIMER_MS ? Infinity : systemClock.wallNow() + timeoutMs;
}
