/** The least time that a server has to be heard: enough for a slow link, a burst and a busy server. */
const LEAST_PATIENCE_MS = 2_000;

/** Round trips that a server has to be heard where those are long. */
const PATIENT_ROUND_TRIPS = 4;

/**
 * The pace of one server, and how long it may be silent.
 *
 * That is a matter of the server and of the way to it. The deadline of a call never comes in: one caller
 * in a hurry must not take a healthy server away from the others.
 */
export class Pace {
  #heard = 0;
  #roundTripMs: number | undefined;

  /** A number that changes with everything that the server says. */
  get heard(): number {
    return this.#heard;
  }

  /** Milliseconds to the server and back; `undefined` while unknown. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Milliseconds after which a server that says nothing is taken for dead. */
  get patienceMs(): number {
    return Math.max(LEAST_PATIENCE_MS, this.leastWaitMs);
  }

  /** Milliseconds that a call should wait for its answer at least, if it can choose: a few round trips. */
  get leastWaitMs(): number {
    return PATIENT_ROUND_TRIPS * (this.#roundTripMs ?? 0);
  }

  /**
   * The server answered a call, or said something on a stream.
   *
   * @param tookMs how long a call waited; the way there and back takes no longer
   */
  spoke(tookMs?: number): void {
    this.#heard++;
    if (tookMs === undefined) return;
    this.#roundTripMs = Math.min(tookMs, this.#roundTripMs ?? Infinity);
  }

  /** The server answered a question about its status, which takes it no time: this is the round trip now. */
  measured(tookMs: number): void {
    this.#heard++;
    this.#roundTripMs = tookMs;
  }
}
