import {
  AuthenticationError,
  type EtcdError,
  PermissionDeniedError,
  UnavailableError,
} from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import type { LeaseKeepAliveRequestInput, LeaseKeepAliveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';
import { ResumableDuplex, type ResumableHandlers } from '../transport/call/resumable-duplex.js';
import type { Duplex, Transport } from '../transport/transport.js';
import { DeadlineHeap } from './deadline-heap.js';
import { LeaseRegistry } from './lease-registry.js';
import { type PendingRenewal, PendingRenewals } from './pending-renewals.js';
import { isRefusedForGood, nonsense, renewalClosed } from './renewal-errors.js';
import { longestPauseMs, patienceMs } from './schedule.js';
import { SoloRenewal } from './solo-renewal.js';
import type { Tenure } from './tenure.js';

type Stream = ResumableDuplex<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>;

/** Longest time that an answer waits to be read while this process is too busy to read. */
const READING_MS = 50;

/**
 * Renews all leases of a client over one stream, which is open as long as there is something to renew.
 *
 * A server ends the whole stream when it refuses one renewal. Its answers come in the order of the
 * requests, so the refused one is the oldest without an answer. That lease goes on alone, and all
 * others on a new stream.
 */
export class LeaseKeeper
  implements ResumableHandlers<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>
{
  /** The handles that there are, and their deadlines. */
  readonly registry: LeaseRegistry;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #hasOthers: () => boolean;
  /** Leases to renew on the shared stream, once or for as long as possible. */
  readonly #wanted = new Set<Tenure>();
  /** Leases whose last renewal was refused. */
  readonly #alone = new Map<Tenure, SoloRenewal>();
  readonly #pending = new PendingRenewals();
  /** Handles whose renewals the last stream left without an answer, the oldest first. */
  #unanswered: Tenure[] = [];
  /** Time of the next renewal; for a lease whose renewal is on its way, the end of the wait for its answer. */
  readonly #renewals: DeadlineHeap<Tenure>;
  #stream: Stream | undefined;
  /** Time of the last message of the server on the stream. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #lastError: EtcdError | undefined;
  #closed = false;

  /** @param hasOthers returns `true` if there is another endpoint to go to when one is silent */
  constructor(transport: Transport, clock: Clock, hasOthers: () => boolean) {
    this.#transport = transport;
    this.#clock = clock;
    this.#hasOthers = hasOthers;
    this.registry = new LeaseRegistry({
      clock,
      reason: (tenure) => tenure.refusal ?? this.#lastError,
      ended: (tenure) => this.drop(tenure),
    });
    this.#renewals = new DeadlineHeap(clock, (tenure) => this.#turn(tenure));
  }

  /** The reason why the last stream ended, as long as no server has answered since. */
  get lastError(): EtcdError | undefined {
    return this.#lastError;
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
    this.#leaveSolo(tenure);
    this.#leaveShared(tenure);
  }

  /** The lease has ended: nothing more is to be done about it. */
  drop(tenure: Tenure): void {
    this.registry.drop(tenure);
    this.release(tenure);
  }

  /** The client is closed: renewals end, which is no loss, and the deadlines stay. */
  close(): void {
    this.#closed = true;
    for (const tenure of this.#all()) {
      tenure.kept = false;
      tenure.interrupt(renewalClosed());
      this.release(tenure);
    }
  }

  onOpen(): void {
    this.#heardAt = this.#clock.now();
    for (const tenure of this.#wanted) this.#renewals.set(tenure, tenure.renewAt);
    for (const tenure of this.#unanswered.splice(0)) this.#turn(tenure);
    this.#renewals.run();
  }

  onMessage(response: LeaseKeepAliveResponse): void {
    this.registry.look();
    this.#heardAt = this.#clock.now();
    this.#lastError = undefined;
    this.#stream?.succeeded();
    const pending = this.#pending.take(response.id);
    if (pending === undefined) return;
    const wrong = nonsense(response);
    if (wrong !== undefined) {
      this.#stream?.replace(wrong);
      return;
    }
    for (const tenure of pending.tenures) {
      if (this.#wanted.has(tenure)) this.#answered(tenure, response, pending.sentAt);
    }
  }

  onBreak(error: EtcdError | undefined): void {
    this.#lastError = error;
    this.registry.look();
    const [oldest, ...others] = this.#pending.takeAll();
    if (error instanceof PermissionDeniedError && oldest !== undefined) {
      this.#unanswered = others.flatMap(({ tenures }) => tenures);
      // The others go on at once: this end of the stream says nothing about the server.
      this.#stream?.succeeded();
      for (const tenure of oldest.tenures) this.#refused(tenure, error);
      return;
    }
    this.#unanswered = [...(oldest?.tenures ?? []), ...others.flatMap(({ tenures }) => tenures)];
    if (isRefusedForGood(error)) this.#failAll(error);
  }

  onOpenFailed(error: EtcdError): void {
    this.#lastError = error;
    // Another token may be had later, but nobody should wait for it without a word.
    if (error instanceof AuthenticationError) {
      for (const tenure of this.#all()) tenure.interrupt(error);
    }
  }

  onFatal(error: EtcdError): void {
    this.#stream = undefined;
    this.#pending.takeAll();
    this.#lastError = error;
    this.registry.look();
    this.#failAll(error);
  }

  #want(tenure: Tenure): void {
    if (tenure.refusal !== undefined) {
      this.#tryAlone(tenure);
      return;
    }
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
    if (this.#pending.concerns(tenure)) return;
    this.#renewals.set(tenure, tenure.renewAt);
    this.#renewals.run();
  }

  #turn(tenure: Tenure): void {
    this.registry.look();
    const stream = this.#stream?.stream;
    if (!this.#wanted.has(tenure)) return;
    if (stream === undefined) {
      // Nothing can be done; the next stream begins with all that is wanted.
      tenure.late(this.#lastError);
      return;
    }
    const pending = this.#pending.get(tenure.id);
    if (pending === undefined) this.#send(tenure, stream);
    else if (pending.tenures.includes(tenure)) this.#checkSilence(tenure, pending);
    else this.#join(tenure, pending);
  }

  /** There is at most one message for each lease, so that those not yet written need no other limit. */
  #send(tenure: Tenure, stream: Duplex<LeaseKeepAliveRequestInput>): void {
    const sentAt = this.#clock.now();
    stream.write({ id: tenure.id });
    this.#pending.sent(tenure, { sentAt, tenures: [tenure], suspected: false });
    this.#renewals.set(tenure, sentAt + patienceMs(tenure.answered));
  }

  #join(tenure: Tenure, pending: PendingRenewal): void {
    pending.tenures.push(tenure);
    this.#renewals.set(tenure, this.#clock.now() + patienceMs(tenure.answered));
  }

  /** Gives up a server that has said nothing at all for too long, if another may answer in time. */
  #checkSilence(tenure: Tenure, pending: PendingRenewal): void {
    const now = this.#clock.now();
    const patience = patienceMs(tenure.answered);
    const patientUntil = Math.max(pending.sentAt, this.#heardAt) + patience;
    if (pending.sentAt + patience <= now) tenure.late(this.#lastError);
    if (patientUntil > now || !this.#hasOthers()) {
      pending.suspected = false;
      this.#renewals.set(tenure, patientUntil > now ? patientUntil : now + patience);
    } else if (!pending.suspected) {
      pending.suspected = true;
      this.#renewals.set(tenure, now + READING_MS);
    } else {
      this.#stream?.replace(
        new UnavailableError(`no answer to a lease's renewal within ${Math.round(patience)} ms`, {
          method: lease.leaseKeepAlive.name,
          endpoint: this.#stream.stream?.endpoint,
        }),
      );
    }
  }

  #answered(tenure: Tenure, { id, ttl }: LeaseKeepAliveResponse, sentAt: number): void {
    if (ttl <= 0n) {
      this.registry.gone(id, sentAt, lease.leaseKeepAlive.name);
      return;
    }
    tenure.renewed({ sentAt, ttlSeconds: Number(ttl) });
    if (tenure.loss !== undefined) {
      this.drop(tenure);
      return;
    }
    this.registry.watch(tenure);
    if (!tenure.wanted) this.release(tenure);
    else if (this.#wanted.has(tenure)) this.#renewals.set(tenure, tenure.renewAt);
    else this.#want(tenure);
  }

  /** The server refuses to renew this lease for this user; it costs no other. */
  #refused(tenure: Tenure, error: EtcdError): void {
    tenure.refused(error);
    this.#leaveShared(tenure);
    if (!tenure.kept) this.release(tenure);
    else if (tenure.answered === undefined) this.#failed(tenure, error);
    else if (!this.#alone.has(tenure)) this.#tryAlone(tenure);
  }

  /** Tries a refused lease at once on a stream of its own, and then again with growing pauses. */
  #tryAlone(tenure: Tenure): void {
    this.#leaveSolo(tenure);
    const solo = new SoloRenewal({
      transport: this.#transport,
      clock: this.#clock,
      id: tenure.id,
      longestPauseMs: () => longestPauseMs(this.#clock.now(), tenure.deadline),
      answered: (response, sentAt) => {
        this.registry.look();
        this.#alone.delete(tenure);
        if (tenure.loss === undefined) this.#answered(tenure, response, sentAt);
      },
      refused: (error) => this.#refused(tenure, error),
      failed: (error) => {
        this.#lastError = error;
        if (isRefusedForGood(error)) tenure.interrupt(error);
      },
      ended: (error) => {
        this.#leaveSolo(tenure);
        this.#failed(tenure, error);
      },
    });
    this.#alone.set(tenure, solo);
  }

  #leaveSolo(tenure: Tenure): void {
    this.#alone.get(tenure)?.dispose();
    this.#alone.delete(tenure);
  }

  #leaveShared(tenure: Tenure): void {
    this.#wanted.delete(tenure);
    this.#renewals.delete(tenure);
    if (this.#wanted.size === 0) this.#closeStream();
  }

  /** No server accepts this client: whoever waits is told. */
  #failAll(error: EtcdError): void {
    for (const tenure of [...this.#wanted]) this.#failed(tenure, error);
  }

  /** A renewal failed for good. A kept lease lasts until its deadline; without one, it is lost now. */
  #failed(tenure: Tenure, error: EtcdError): void {
    tenure.interrupt(error);
    if (tenure.kept && tenure.answered === undefined) tenure.unreachable(error);
    if (tenure.loss === undefined) this.release(tenure);
    else this.drop(tenure);
  }

  #all(): Tenure[] {
    return [...this.#wanted, ...this.#alone.keys()];
  }

  /** Returns the shortest pause that any lease needs. */
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
    this.#unanswered = [];
    this.#pending.takeAll();
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw renewalClosed();
  }
}
