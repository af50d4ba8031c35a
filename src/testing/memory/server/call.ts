import type { CallMetadata } from '../../../transport/transport.js';
import {
  type MessageName,
  type ReadMessage,
  readMessage,
  type WrittenMessage,
  writeMessage,
} from '../codec/message-codec.js';

/** The part of a call that a server sees beside its messages. */
export interface Call {
  readonly metadata: CallMetadata;
  /** Calls this when the call is over, however it ended: the caller may have given up, or be gone. */
  whenOver(act: () => void): void;
}

/** A unary call as it is on the wire. */
export interface UnaryRpc {
  readonly kind: 'unary';
  readonly path: string;
  answer(request: Uint8Array, call: Call): Promise<Uint8Array>;
}

/** The way of the server's messages on a stream. */
export interface Sender<Message> {
  send(message: Message): void;
  /** Ends the stream: with a refusal, or well. */
  end(error?: unknown): void;
}

/** The server's side of a stream: told of what the client does. */
export interface StreamHandler<Message> {
  message(request: Message): void;
  halfClose(): void;
}

/** A stream, of answers or both ways, as it is on the wire. */
export interface StreamRpc {
  readonly kind: 'stream';
  readonly path: string;
  open(sender: Sender<Uint8Array>, call: Call): StreamHandler<Uint8Array>;
}

export type ServerRpc = UnaryRpc | StreamRpc;

/** Defines a unary call by its messages and what answers it. */
export function unary<Q extends MessageName, S extends MessageName>(
  path: string,
  request: Q,
  response: S,
  handle: (request: ReadMessage<Q>, call: Call) => Promise<WrittenMessage<S>> | WrittenMessage<S>,
): UnaryRpc {
  return {
    kind: 'unary',
    path,
    answer: async (bytes, call) =>
      writeMessage(response, await handle(readMessage(request, bytes), call)),
  };
}

/** Defines a stream both ways. */
export function duplex<Q extends MessageName, S extends MessageName>(
  path: string,
  request: Q,
  response: S,
  open: (sender: Sender<WrittenMessage<S>>, call: Call) => StreamHandler<ReadMessage<Q>>,
): StreamRpc {
  return {
    kind: 'stream',
    path,
    open(sender, call) {
      const handler = open(writing(response, sender), call);
      return {
        message: (bytes) => handler.message(readMessage(request, bytes)),
        halfClose: () => handler.halfClose(),
      };
    },
  };
}

/** Defines a stream of answers to one request. It ends when the handler's promise settles. */
export function serverStream<Q extends MessageName, S extends MessageName>(
  path: string,
  request: Q,
  response: S,
  handle: (
    request: ReadMessage<Q>,
    send: (message: WrittenMessage<S>) => void,
    call: Call,
  ) => Promise<void>,
): StreamRpc {
  return {
    kind: 'stream',
    path,
    open(sender, call) {
      const { send, end } = writing(response, sender);
      return {
        message(bytes) {
          handle(readMessage(request, bytes), send, call).then(
            () => end(),
            (error: unknown) => end(error),
          );
        },
        halfClose() {},
      };
    },
  };
}

function writing<S extends MessageName>(
  response: S,
  sender: Sender<Uint8Array>,
): Sender<WrittenMessage<S>> {
  return {
    send: (message) => sender.send(writeMessage(response, message)),
    end: (error) => sender.end(error),
  };
}
