import { ClientClosedError, EtcdError, UnavailableError } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import type { LeaseKeepAliveRequestInput, LeaseKeepAliveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';
import { ResumableDuplex, type ResumableOwner } from '../transport/resumable-duplex.js';
import type { Duplex, Transport } from '../transport/transport.js';
import { longestPauseMs, patienceMs } from './schedule.js';
import type { Tenure } from './tenure.js';
import { Timetable } from './timetable.js';

type Stream = ResumableDuplex<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>;

/** A renewal on its way: whom its answer concerns. */
interface Flight {
  readonly sentAt: number;
  readonly tenures: Tenure[];
  /** The server seems to be silent: the time is up for it unless an answer has been waiting to be read. */
  suspected: boolean;
}

/** The longest time to live that a server grants. */
const LONGEST_TTL_SECONDS = 9_000_000_000n;

/** How long an answer may have been waiting to be read, when this process was too busy to read. */
const READING_MS = 50;

/**
 * Renews all leases of a client over one stream, which is open as long as there is something to renew,
 * and watches their deadlines, which goes on without a stream.
 *
 * Every way in here looks at the deadlines first: after the event loop was blocked an answer may be
 * read before any timer runs, and it must not bring back a lease whose time was over.
 */
export class LeaseKeeper
  implements ResumableOwner<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>
{
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #hasOthers: () => boolean;
  /** Those to renew, once or for as long as possible. */
  readonly #wanted = new Set<Tenure>();
  /** Renewals on their way, by the lease's id: two handles of one lease share them. */
  readonly #flights = new Map<bigint, Flight>();
  readonly #deadlines: Timetable<Tenure>;
  /** When to renew next; for a lease whose renewal is on its way, when to lose patience. */
  readonly #turns: Timetable<Tenure>;
  #stream: Stream | undefined;
  /** When the server last said anything on the stream. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #lastError: EtcdError | undefined;
  #closed = false;

  /** @param hasOthers whether there is another endpoint to go to when one is silent */
  constructor(transport: Transport, clock: Clock, hasOthers: () => boolean) {
    this.#transport = transport;
    this.#clock = clock;
    this.#hasOthers = hasOthers;
    this.#deadlines = new Timetable(clock, (tenure) => this.#expire(tenure));
    this.#turns = new Timetable(clock, (tenure) => this.#turn(tenure));
  }

  /** Why the last stream ended, as long as no server has answered since. */
  get lastError(): EtcdError | undefined {
    return this.#lastError;
  }

  /** Watches the deadline of a lease from now on. */
  watch(tenure: Tenure): void {
    if (tenure.deadline < Infinity) this.#deadlines.set(tenure, tenure.deadline);
  }

  /**
   * Renews a lease until it is lost, revoked or detached, or the client is closed.
   *
   * @throws ClientClosedError when the client is closed
   */
  keep(tenure: Tenure): void {
    this.#refuseIfClosed();
    tenure.kept = true;
    this.#want(tenure);
  }

  /**
   * Asks for a renewal as soon as possible, for whoever waits on the tenure.
   *
   * @throws ClientClosedError when the client is closed
   */
  renew(tenure: Tenure): void {
    this.#refuseIfClosed();
    this.#want(tenure);
  }

  /** Stops renewing, unless somebody still waits for an answer. The deadline stays. */
  release(tenure: Tenure): void {
    if (tenure.wanted) return;
    this.#wanted.delete(tenure);
    this.#turns.delete(tenure);
    if (this.#wanted.size === 0) this.#closeStream();
  }

  /** The lease has ended: nothing more is to be done about it. */
  drop(tenure: Tenure): void {
    this.#deadlines.delete(tenure);
    this.release(tenure);
  }

  /** The client is closed: renewals end, which is no loss, and the deadlines stay. */
  close(): void {
    this.#closed = true;
    for (const tenure of [...this.#wanted]) {
      tenure.kept = false;
      tenure.interrupt(closedError());
      this.release(tenure);
    }
  }

  onOpen(): void {
    this.#heardAt = this.#clock.now();
    for (const tenure of this.#wanted) this.#turns.set(tenure, tenure.renewAt);
    this.#turns.run();
  }

  onMessage(response: LeaseKeepAliveResponse): void {
    this.#deadlines.run();
    this.#heardAt = this.#clock.now();
    this.#lastError = undefined;
    this.#stream?.succeeded();
    const flight = this.#flights.get(response.id);
    this.#flights.delete(response.id);
    if (flight === undefined) return;
    if (response.ttl > LONGEST_TTL_SECONDS) {
      this.#stream?.replace(nonsense(response));
      return;
    }
    for (const tenure of flight.tenures) {
      if (this.#wanted.has(tenure)) this.#answered(tenure, flight.sentAt, Number(response.ttl));
    }
  }

  onBreak(error: EtcdError | undefined): void {
    this.#flights.clear();
    this.#lastError = error;
    this.#deadlines.run();
  }

  onFatal(error: EtcdError): void {
    this.#stream = undefined;
    this.#flights.clear();
    this.#lastError = error;
    this.#deadlines.run();
    for (const tenure of [...this.#wanted]) {
      tenure.interrupt(error);
      // No deadline would ever tell its owner.
      if (tenure.kept && tenure.answered === undefined) tenure.unreachable(error);
      this.release(tenure);
    }
  }

  #want(tenure: Tenure): void {
    this.#wanted.add(tenure);
    this.#stream ??= new ResumableDuplex(
      {
        transport: this.#transport,
        clock: this.#clock,
        method: lease.leaseKeepAlive,
        // A member without a leader would keep every renewal waiting.
        options: { requireLeader: true },
        longestPauseMs: () => this.#longestPauseMs(),
      },
      this,
    );
    if (this.#flights.get(tenure.id)?.tenures.includes(tenure) === true) return;
    this.#turns.set(tenure, tenure.renewAt);
    this.#turns.run();
  }

  #turn(tenure: Tenure): void {
    this.#deadlines.run();
    const stream = this.#stream?.stream;
    // Without a stream nothing can be done; the next one begins with all that is wanted.
    if (stream === undefined || !this.#wanted.has(tenure)) return;
    const flight = this.#flights.get(tenure.id);
    if (flight === undefined) this.#send(tenure, stream);
    else if (flight.tenures.includes(tenure)) this.#checkSilence(tenure, flight);
    else this.#join(tenure, flight);
  }

  /** There is at most one message for each lease, so that those not yet written need no other limit. */
  #send(tenure: Tenure, stream: Duplex<LeaseKeepAliveRequestInput>): void {
    const sentAt = this.#clock.now();
    stream.write({ id: tenure.id });
    this.#flights.set(tenure.id, { sentAt, tenures: [tenure], suspected: false });
    this.#turns.set(tenure, sentAt + patienceMs(tenure.answered));
  }

  #join(tenure: Tenure, flight: Flight): void {
    flight.tenures.push(tenure);
    this.#turns.set(tenure, this.#clock.now() + patienceMs(tenure.answered));
  }

  /** Gives up a server that has said nothing at all for too long, if another may answer in time. */
  #checkSilence(tenure: Tenure, flight: Flight): void {
    const now = this.#clock.now();
    const patience = patienceMs(tenure.answered);
    const patientUntil = Math.max(flight.sentAt, this.#heardAt) + patience;
    if (patientUntil > now || !this.#hasOthers()) {
      flight.suspected = false;
      this.#turns.set(tenure, patientUntil > now ? patientUntil : now + patience);
    } else if (!flight.suspected) {
      flight.suspected = true;
      this.#turns.set(tenure, now + READING_MS);
    } else {
      this.#stream?.replace(
        new UnavailableError(`no answer to a lease's renewal within ${Math.round(patience)} ms`, {
          method: lease.leaseKeepAlive.name,
          endpoint: this.#stream.stream?.endpoint,
        }),
      );
    }
  }

  #answered(tenure: Tenure, sentAt: number, ttlSeconds: number): void {
    if (ttlSeconds > 0) tenure.renewed({ sentAt, ttlSeconds });
    else tenure.missing();
    if (tenure.loss !== undefined) {
      this.drop(tenure);
      return;
    }
    this.watch(tenure);
    if (tenure.wanted) this.#turns.set(tenure, tenure.renewAt);
    else this.release(tenure);
  }

  #expire(tenure: Tenure): void {
    tenure.expired(this.#lastError);
    this.drop(tenure);
  }

  /** As the most urgent lease has it. */
  #longestPauseMs(): number {
    const now = this.#clock.now();
    let longest = Infinity;
    for (const tenure of this.#wanted) {
      longest = Math.min(longest, longestPauseMs(now, tenure.renewAt));
    }
    return longest;
  }

  #closeStream(): void {
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#flights.clear();
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): ClientClosedError {
  return new ClientClosedError('the client is closed', {
    method: lease.leaseKeepAlive.name,
    outcome: 'not-sent',
  });
}

function nonsense({ id, ttl }: LeaseKeepAliveResponse): EtcdError {
  return new EtcdError(`the server says that the lease ${id.toString(16)} lasts ${ttl} s`, {
    code: 'INTERNAL',
    method: lease.leaseKeepAlive.name,
  });
}
