import type { Clock, TimerHandle } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';
import type { Channel } from '../channel/channel.js';
import type { Connection } from '../connection/endpoint.js';

/**
 * Milliseconds that a call which can go elsewhere waits for the answer to the question, where that takes
 * no longer. The endpoint itself is more patient.
 */
const GRACE_MS = 500;

/** Milliseconds between two looks at a silent server, at least, however little time its call has left. */
const LEAST_LOOK_MS = 10;

/** A stream, and the one of its connection's channels that it is on. */
interface StreamPlace {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly channel: Channel;
}

/**
 * Asks the server whether it lives if it is silent after something was sent on a stream. It waits for half of
 * the server's patience. A living peer sends at least a sign that it has received the bytes. Pings would tell
 * of a connection that died in silence, but only after many seconds.
 */
export class ReceiptWatch {
  readonly #place: StreamPlace;
  #timer: TimerHandle | undefined;
  /** The amount that had arrived when the awaited message was sent. */
  #before = 0;

  constructor(place: StreamPlace) {
    this.#place = place;
  }

  /** A message was sent. While nothing has arrived since an earlier one, the time of that one goes on. */
  sent(): void {
    const { clock, connection, channel } = this.#place;
    const { endpoint } = connection;
    const heard = endpoint.heard(channel);
    if (this.#timer !== undefined && heard === this.#before) return;
    this.#timer?.cancel();
    this.#before = heard;
    const late = (): void => {
      this.#timer = undefined;
      if (endpoint.heard(channel) === heard) void endpoint.suspect(connection);
    };
    this.#timer = setPatience(clock, late, endpoint.pace.patienceMs / 2);
    this.#timer.unref();
  }

  /** The stream is over. */
  close(): void {
    this.#timer?.cancel();
  }
}

/** Facts about a call that waits for the answer of a server. */
export interface SilenceContext {
  readonly clock: Clock;
  readonly connection: Connection;
  /** Returns the amount that has arrived from the server so far: see `Endpoint.heard`. */
  heard(): number;
  /** Returns whether another server could take the call at once. */
  hasOther(): boolean;
  /** Milliseconds that the call waits for a silent server while another could take it; `Infinity` without a deadline. */
  shareMs(): number;
  /** The server is silent, or can be of no help: the call may go elsewhere. */
  onSilence(): void;
}

/** A look at a server that owes an answer, as it is planned. */
export interface Look {
  /** Milliseconds until then. */
  readonly afterMs: number;
  /** True when it comes no earlier than the endpoint itself would look. */
  readonly isPatient: boolean;
  /** The share of the call, if another server can take it. */
  readonly shareMs: number | undefined;
}

/** Plans a look at the server of a call. */
export function planLook(context: SilenceContext, leastMs = LEAST_LOOK_MS): Look {
  const shareMs = context.hasOther() ? context.shareMs() : undefined;
  const ownMs = shareMs === undefined ? Infinity : shareMs / 2;
  // The silence after which the endpoint itself wants to know.
  const patienceMs = context.connection.endpoint.pace.patienceMs / 2;
  const afterMs = Math.max(leastMs, Math.min(patienceMs, ownMs));
  return { afterMs, isPatient: afterMs >= patienceMs, shareMs };
}

/**
 * Watches a call that was sent. A server that leaves it unanswered for long is asked whether it lives,
 * long before pings would tell.
 *
 * The endpoint decides how long the server has for that, and what follows if it is silent. The share of
 * the call decides only when this call goes elsewhere. While the server answers questions the call waits
 * on, since cutting a slow read off to try elsewhere would turn load into more load.
 */
export class SilenceWatch {
  readonly #context: SilenceContext;
  #timer: TimerHandle | undefined;
  #over = false;

  constructor(context: SilenceContext) {
    this.#context = context;
  }

  /** Waits for the time of a look, and looks. */
  wait(look: Look): void {
    this.#timer = this.#context.clock.setTimeout(() => this.look(look), look.afterMs);
  }

  /** Looks now, the time of this look having come. */
  look({ afterMs, isPatient, shareMs }: Look): void {
    const context = this.#context;
    const { endpoint } = context.connection;
    // Only the endpoint's own patience is a reason for other calls to avoid it.
    const asked = isPatient
      ? endpoint.doubt(context.connection)
      : endpoint.suspect(context.connection);
    // A look that came late for its share leaves the answer half of it all the same.
    if (shareMs !== undefined) {
      const graceMs = Math.max(GRACE_MS, endpoint.pace.leastWaitMs / 2);
      this.#waitForBytes(Math.min(Math.max(shareMs - afterMs, shareMs / 2), graceMs));
    }
    void asked.then((serves) => {
      if (this.#over) return;
      this.#timer?.cancel();
      const inUse = endpoint.connection?.channel === context.connection.channel;
      if (!serves && !(inUse && !context.hasOther())) this.#silent();
      // It goes on after an answer: a member that lost its leader may not know it at the first look.
      // The looks do not come closer as the time of the call runs out: each would ask the server again.
      // A call that may not go elsewhere waits on, and so do the looks.
      if (!this.#over && inUse) this.wait(planLook(context, afterMs));
    });
  }

  /** The call is over, or goes elsewhere. */
  cancel(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  /** The answer to the question stands behind what else arrives: on a slow link, behind that of the call. */
  #waitForBytes(delayMs: number): void {
    const { clock } = this.#context;
    const before = this.#context.heard();
    const late = (): void => {
      if (this.#context.heard() === before) this.#silent();
      else this.#waitForBytes(delayMs);
    };
    this.#timer = setPatience(clock, late, delayMs);
  }

  #silent(): void {
    if (!this.#over) this.#context.onSilence();
  }
}
