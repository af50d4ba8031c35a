import { type ConnectOpts, connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Clock, TimerHandle } from '../internal/clock.js';
import type { Place } from './place.js';

/** Milliseconds for a connection to come to be: look-up, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 20_000;

/** Milliseconds in which the last bytes are written and the peer hears of the end. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Bytes that are read at once, into memory that is used again and again. */
const READ_BYTES = 65_536;

/** The name of HTTP/2 in the handshake of TLS. */
const HTTP_2 = 'h2';

/** The way to a peer: a socket that is connected. */
export interface Link {
  /** Writes blocks of bytes, one behind the other; false if it takes no more for now. */
  write(blocks: readonly Buffer[]): boolean;
  /** Ends it when all is written that was handed over. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
  /** Keeps the process alive from now on. */
  ref(): void;
  /** Keeps it alive no longer. */
  unref(): void;
}

/** The security of a connection. */
export interface Security {
  readonly context: SecureContext;
  /** The name that is sent to the server. */
  readonly serverName: string;
  /** Checks the certificate of the server. */
  readonly checkServerIdentity: NonNullable<ConnectionOptions['checkServerIdentity']>;
}

/** The things that are told of a connection. Nothing comes after `lost`, which comes once. */
export interface DialContext {
  readonly clock: Clock;
  readonly place: Place;
  /** `undefined` for a connection in plain text. */
  readonly security: Security | undefined;
  connected(link: Link): void;
  /** The bytes are lent until it returns. */
  received(bytes: Buffer, length: number): void;
  drained(): void;
  lost(reason: string): void;
}

/** Connects to a peer; returns how to give it up. */
export function dial(context: DialContext): () => void {
  const dialed = new Dialed(context);
  return () => dialed.destroy();
}

/** A socket, from its first step to its last. */
class Dialed implements Link {
  readonly #context: DialContext;
  readonly #socket: Socket;
  #timer: TimerHandle | undefined;
  /** The reason that is told when the socket has closed. */
  #reason = 'the server ended the connection before its first word';

  constructor(context: DialContext) {
    this.#context = context;
    const { clock, place, security } = context;
    const bytes = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread: OnReadOpts = {
      buffer: bytes,
      callback: (length) => {
        this.#reason = 'the server ended the connection';
        context.received(bytes, length);
        return true;
      },
    };
    this.#socket =
      security === undefined
        ? connectPlain({ ...place, onread }, () => this.#connected())
        : this.#connectTls(place, security, onread);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => {
      this.#reason = reasonOf(error);
    });
    this.#socket.on('drain', () => context.drained());
    this.#socket.on('close', () => {
      this.#timer?.cancel();
      context.lost(this.#reason);
    });
    this.#timer = clock.setTimeout(() => {
      this.#giveUp(`not connected within ${CONNECT_TIMEOUT_MS} ms`);
    }, CONNECT_TIMEOUT_MS);
    this.#timer.unref();
  }

  write(blocks: readonly Buffer[]): boolean {
    if (blocks.length === 1) return this.#socket.write(blocks[0] as Buffer);
    let more = true;
    this.#socket.cork();
    for (const block of blocks) more = this.#socket.write(block);
    this.#socket.uncork();
    return more;
  }

  end(): void {
    this.#socket.destroySoon();
    // A peer that does not read would keep the last bytes, and the socket with them, for ever.
    this.#timer = this.#context.clock.setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    this.#timer.unref();
    this.#socket.unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #connectTls(place: Place, security: Security, onread: OnReadOpts): TLSSocket {
    const options: ConnectionOptions & ConnectOpts = {
      ...place,
      onread,
      ALPNProtocols: [HTTP_2],
      secureContext: security.context,
      servername: security.serverName,
      checkServerIdentity: security.checkServerIdentity,
    };
    const socket: TLSSocket = connectTls(options, () => {
      if (socket.alpnProtocol === HTTP_2) this.#connected();
      else this.#giveUp(NO_HTTP_2);
    });
    return socket;
  }

  #connected(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#context.connected(this);
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#socket.destroy();
  }
}

const NO_HTTP_2 = 'the server does not speak HTTP/2 (it did not choose h2 by ALPN)';

/** Returns why a socket has failed. Of several addresses each has its own reason. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if ((error as NodeJS.ErrnoException).code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
    return NO_HTTP_2;
  }
  return error.message;
}
