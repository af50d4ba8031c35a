import type { Clock, TimerHandle } from '../internal/clock.js';

/** Milliseconds that an answer waits: far less than anybody waits for one. */
const DELAY_MS = 10;

/** Bytes of a ping, which its answer has too. */
const PING_BYTES = 8;

/** Sends the answer to a ping, which has the bytes of the ping. Throws nothing. */
type SendPong = (bytes: Buffer, start: number) => void;

/**
 * Answers the pings of the peer. One answer waits a moment, as the acknowledgements of TCP do.
 *
 * A server in Go measures the link: with a request it sends a ping, unless one is under way. If each is
 * answered at once, a lone caller pays for each call one more wake-up and one more write, and so does the
 * server. Such a server has one ping under way. Where another one comes both are answered at once.
 */
export class Pongs {
  readonly #clock: Clock;
  readonly #send: SendPong;
  readonly #held = Buffer.alloc(PING_BYTES);
  /** There is one as long as an answer waits. */
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, send: SendPong) {
    this.#clock = clock;
    this.#send = send;
  }

  /**
   * A ping has come. Its bytes are lent until this returns.
   *
   * @param urgent is true where the answer may not wait
   */
  pinged(bytes: Buffer, start: number, urgent: boolean): void {
    if (urgent || this.#timer !== undefined) {
      this.#sendHeld();
      this.#send(bytes, start);
      return;
    }
    bytes.copy(this.#held, 0, start, start + PING_BYTES);
    this.#timer = this.#clock.setTimeout(() => this.#sendHeld(), DELAY_MS);
    this.#timer.unref();
  }

  /** The connection has ended. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #sendHeld(): void {
    if (this.#timer === undefined) return;
    this.stop();
    this.#send(this.#held, 0);
  }
}
