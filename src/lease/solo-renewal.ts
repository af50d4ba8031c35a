import { type EtcdError, PermissionDeniedError } from '../errors/index.js';
import type { BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import type { LeaseKeepAliveRequestInput, LeaseKeepAliveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';
import { ResumableDuplex, type ResumableHandlers } from '../transport/call/resumable-duplex.js';
import type { Duplex, Transport } from '../transport/transport.js';

/** Pauses between attempts: a permission seldom comes back soon. */
const BACKOFF: BackoffShape = { initialMs: 250, maxMs: 30_000 };

/** The part of the lease keeper that the renewal of one lease needs. */
export interface SoloContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly id: bigint;
  /** Returns the longest pause that the deadline of the lease allows now. */
  longestPauseMs(): number;
  /** The server answered; nothing more comes. */
  answered(response: LeaseKeepAliveResponse, sentAt: number): void;
  /** The server refused this lease; it is tried again. */
  refused(error: EtcdError): void;
  /** The attempt failed for another reason; it is tried again. */
  failed(error: EtcdError | undefined): void;
  /** Called when it is not tried again. */
  ended(error: EtcdError): void;
}

/**
 * The renewal of one lease on a stream of its own, again and again until it is answered.
 *
 * A server ends the whole stream when one renewal is refused. A lease that was refused is tried here, so
 * that it costs no other.
 */
export class SoloRenewal
  implements ResumableHandlers<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>
{
  readonly #context: SoloContext;
  readonly #stream: ResumableDuplex<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>;
  #sentAt: number | undefined;

  constructor(context: SoloContext) {
    this.#context = context;
    const { transport, clock } = context;
    this.#stream = new ResumableDuplex(
      {
        transport,
        clock,
        method: lease.leaseKeepAlive,
        options: { requireLeader: true },
        backoff: BACKOFF,
        longestPauseMs: () => context.longestPauseMs(),
      },
      this,
    );
  }

  onOpen(stream: Duplex<LeaseKeepAliveRequestInput>): void {
    this.#sentAt = this.#context.clock.now();
    stream.write({ id: this.#context.id });
  }

  onMessage(response: LeaseKeepAliveResponse): void {
    const sentAt = this.#sentAt;
    if (sentAt === undefined || response.id !== this.#context.id) return;
    this.dispose();
    this.#context.answered(response, sentAt);
  }

  onBreak(error: EtcdError | undefined): void {
    const asked = this.#sentAt !== undefined;
    this.#sentAt = undefined;
    if (asked && error instanceof PermissionDeniedError) this.#context.refused(error);
    else this.#context.failed(error);
  }

  onOpenFailed(error: EtcdError): void {
    this.#context.failed(error);
  }

  onFatal(error: EtcdError): void {
    this.#context.ended(error);
  }

  /** Stops trying. */
  dispose(): void {
    this.#stream.dispose();
  }
}
