import type { Socket } from 'node:net';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import { type Clock, MAX_TIMER_MS, type TimerHandle } from '../../internal/clock.js';
import { type KeepAliveOptions, pulseTimes } from './keep-alive-options.js';

/** Number of looks at the connection within one timeout, each of which may see the answer to a ping. */
const LOOKS_PER_TIMEOUT = 4;
const SHORTEST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;

/** The socket under a connection, and the one that is spoken over: another one with TLS. */
interface Link {
  readonly socket: Socket;
  readonly spokenOver: { destroy(): unknown };
}

/**
 * Decides when the connection of a channel is dead: when not one byte has arrived for the ping interval
 * and the timeout together, while a call was open.
 *
 * grpc-js sends the pings, so that a living server says something in each interval. Its own verdict is
 * switched off: it waits for the answer to the ping, and on a slow link that answer stands behind a
 * mebibyte of data. Such a connection was ended in the middle of the answer, again and again. Bytes that
 * arrive are a sign of life, whatever they are.
 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #lookMs: number;
  /** Looks in a row that saw nothing new. A late look counts as one: the event loop stood still, not the server. */
  #silentLooks = 0;
  #seenBytes = 0;
  #openCalls = 0;
  #timer: TimerHandle | undefined;
  #link: Link | undefined;
  /** The sockets can be seen. Where grpc-js does not show them, its own verdict is better than none. */
  #observes = false;

  constructor(options: KeepAliveOptions | undefined, clock: Clock) {
    this.#clock = clock;
    const { intervalMs, timeoutMs } = pulseTimes(options);
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    const lookMs = this.#timeoutMs / LOOKS_PER_TIMEOUT;
    this.#lookMs = Math.min(Math.max(lookMs, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
  }

  /** The keepalive options of the channel. To be read after `observe`. */
  get channelOptions(): ChannelOptions {
    return {
      'grpc.keepalive_time_ms': this.#intervalMs,
      'grpc.keepalive_timeout_ms': this.#observes ? MAX_TIMER_MS : this.#timeoutMs,
      // Servers count pings without an open call as strikes, whatever they are set to.
      'grpc.keepalive_permit_without_calls': 0,
    };
  }

  /**
   * Sees the socket of each connection that is made with these credentials, which must be nobody else's.
   * They are the one place where a channel lets its sockets be seen.
   */
  observe(credentials: ChannelCredentials): void {
    if (typeof credentials._createSecureConnector !== 'function') return;
    this.#observes = true;
    const create = credentials._createSecureConnector.bind(credentials);
    credentials._createSecureConnector = (...args) => {
      const connector = create(...args);
      const connect = connector.connect.bind(connector);
      connector.connect = async (socket) => {
        const result = await connect(socket);
        this.#connected({ socket, spokenOver: result.socket });
        return result;
      };
      return connector;
    };
  }

  /** Bytes that have arrived over the connection: a server whose number grows is alive. */
  get receivedBytes(): number {
    return this.#link?.socket.bytesRead ?? 0;
  }

  /** A call was opened; answers how to tell that it is over. */
  callOpened(): () => void {
    this.#openCalls++;
    if (this.#observes) this.#timer ??= this.#plan();
    let over = false;
    return () => {
      if (!over) this.#openCalls--;
      over = true;
    };
  }

  /** Ends the connection, and with it the calls that are open there. */
  end(): void {
    this.#link?.spokenOver.destroy();
  }

  #connected(link: Link): void {
    this.#link = link;
    this.#silentLooks = 0;
  }

  #plan(): TimerHandle {
    const timer = this.#clock.setTimeout(() => {
      // Calls that are shorter than this have been open since the last look: it counts.
      this.#look();
      this.#timer = this.#openCalls > 0 ? this.#plan() : undefined;
    }, this.#lookMs);
    timer.unref();
    return timer;
  }

  #look(): void {
    const { receivedBytes } = this;
    this.#silentLooks = receivedBytes === this.#seenBytes ? this.#silentLooks + 1 : 0;
    this.#seenBytes = receivedBytes;
    if (this.#silentLooks * this.#lookMs < this.#intervalMs + this.#timeoutMs) return;
    this.#silentLooks = 0;
    this.end();
  }
}
