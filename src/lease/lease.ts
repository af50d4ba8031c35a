import {
  abortedError,
  addCallerStack,
  ClientClosedError,
  checkBoolean,
  type EtcdError,
  type LeaseLostError,
  LeaseNotFoundError,
  listenerCheck,
  timedOut,
} from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import { CALL_NAMES, readCallOptions } from '../model/call-options.js';
import { lease } from '../rpc/services.js';
import type { CallOptions } from '../transport/transport.js';
import type { LeaseContext } from './context.js';
import type { Tenure } from './tenure.js';
import { type LeaseTimeToLive, readTimeToLive, type TimeToLiveOptions } from './time-to-live.js';

/** The events of a lease, with the arguments of their listeners. */
export type LeaseEvents = {
  /** A renewal was answered: the seconds it gives. */
  renewed: [ttlSeconds: number];
  /**
   * A server refused a renewal: this user may not write every key of the lease. It is tried again until
   * the lease is lost.
   */
  refused: [error: EtcdError];
  /** The lease is lost. Told once, after `signal` has aborted. */
  lost: [error: LeaseLostError];
};

const checkListener = listenerCheck<LeaseEvents>({
  renewed: true,
  refused: true,
  lost: true,
});

/**
 * A lease: keys that are attached to it live as long as it does. Made by `etcd.lease.grant` and
 * `etcd.lease.attach`.
 *
 * A lease is lost when its time runs out here before a renewal was answered, even if no server can be
 * reached. The server may also say that it is gone. Everything that depends on it should end with `signal`.
 *
 * @example
 * await using lease = await etcd.lease.grant(10, { keepAlive: true });
 * await etcd.put('workers/7', 'here', { lease });
 * lease.signal.addEventListener('abort', stopWorking);
 */
export class Lease extends TypedEmitter<LeaseEvents> {
  readonly #context: LeaseContext;
  readonly #tenure: Tenure;
  #revoked = false;

  constructor(context: LeaseContext, tenure: Tenure) {
    super(checkListener);
    this.#context = context;
    this.#tenure = tenure;
    tenure.listen({
      renewed: (ttlSeconds) => void this.emit('renewed', ttlSeconds),
      refused: (error) => void this.emit('refused', error),
      lost: (error) => void this.emit('lost', error),
    });
  }

  /** The id of the lease. `put` and others take it as `lease`; they take the handle itself, too. */
  get id(): bigint {
    return this.#tenure.id;
  }

  /** Seconds that a renewal gives, as the server has it. `undefined` for an attached lease before its first renewal. */
  get ttlSeconds(): number | undefined {
    return this.#tenure.answered?.ttlSeconds;
  }

  /**
   * True if the lease can be relied on now: it is not lost, not revoked, and its time is not over. The clock
   * is read here, so this is right even before a busy process has run its timers. An attached lease counts as
   * alive until its first renewal.
   */
  get alive(): boolean {
    this.#context.keeper.registry.look();
    return this.#tenure.alive;
  }

  /** Aborts when the lease is lost, and when it is revoked, with a `LeaseLostError` that says which. */
  get signal(): AbortSignal {
    this.#context.keeper.registry.look();
    return this.#tenure.signal;
  }

  /**
   * Renews the lease, each time a third of its time has passed, until it is revoked, lost or detached
   * or the client is closed. All leases of a client share one stream. Harmless when done twice.
   *
   * @throws LeaseLostError when it is lost already
   * @throws ClientClosedError when the client is closed
   */
  keepAlive(): this {
    this.#refuseIfLost();
    this.#context.keeper.keep(this.#tenure);
    this.#tenure.detached = false;
    return this;
  }

  /**
   * Renews the lease once; answers the seconds it lasts from now.
   *
   * @throws LeaseLostError when it is lost, before or by this
   * @throws LeaseNotFoundError when an attached lease turns out not to exist
   */
  async keepAliveOnce(options?: CallOptions): Promise<number> {
    const { signal, timeoutMs = this.#context.timeoutMs } = readCallOptions(options);
    this.#refuseIfMissing();
    this.#refuseIfLost();
    const { clock, keeper } = this.#context;
    const method = lease.leaseKeepAlive.name;
    const tooLate = Symbol('too late');
    const timeout = { clock, ms: timeoutMs, reason: () => tooLate };
    using linked = new LinkedSignal({ signals: [signal], timeout });
    const tenure = this.#tenure;
    const waiter = tenure.wait();
    const stopListening = onAbort(linked.signal, (reason) => {
      waiter.reject(
        reason === tooLate
          ? timedOut(method, timeoutMs, { method, cause: keeper.lastError })
          : abortedError(reason, { method }),
      );
    });
    try {
      if (!linked.signal.aborted) keeper.renew(tenure);
      return await waiter.promise;
    } catch (error) {
      throw addCallerStack(error);
    } finally {
      stopListening();
      tenure.forget(waiter);
      keeper.release(tenure);
    }
  }

  /**
   * Asks the server how long the lease still lasts, and which keys are attached to it.
   *
   * @throws LeaseNotFoundError when there is no such lease
   */
  async timeToLive(options?: TimeToLiveOptions): Promise<LeaseTimeToLive> {
    const call = readCallOptions(options, { ...CALL_NAMES, keys: true });
    checkBoolean('keys', options?.keys);
    const withKeys = options?.keys ?? false;
    const { transport, keyspace } = this.#context;
    const request = { id: this.id, keys: withKeys };
    const answer = await transport.unary(lease.leaseTimeToLive, request, call);
    return readTimeToLive(answer, keyspace, withKeys);
  }

  /**
   * Ends the lease, and with it every key that is attached to it. `signal` aborts at once; `lost` is not
   * told, since this is no loss. Revoking a lease that is gone is no error, nor is doing it twice. For a
   * lease that is lost this waits for nothing: what a server may still have of it is ended behind it.
   *
   * @throws EtcdError when no server could be told; the lease then ends when its time is over, and
   *   calling this again tries again
   */
  async revoke(options?: CallOptions): Promise<void> {
    const call = readCallOptions(options);
    const { keeper } = this.#context;
    keeper.registry.look();
    const lost = this.#tenure.revoked ? undefined : this.#tenure.loss;
    this.#tenure.revoke();
    keeper.drop(this.#tenure);
    if (this.#revoked) return;
    if (lost === undefined) {
      await this.#sendRevoke(call);
      this.#revoked = true;
    } else {
      this.#revoked = true;
      // What a server has said to be gone needs no call.
      if (!(lost.cause instanceof LeaseNotFoundError)) void quiet(this.#sendRevoke({}));
    }
  }

  /**
   * Stops renewing the lease and leaves it to end by itself, or to another process that knows its id.
   * `signal` still aborts when the time that is left is over; disposing of the handle then does nothing.
   */
  detach(): void {
    this.#tenure.kept = false;
    this.#tenure.detached = true;
    this.#context.keeper.release(this.#tenure);
  }

  /** Revokes the lease, unless it was detached or the client is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tenure.detached) return;
    try {
      await this.revoke();
    } catch (error) {
      if (!(error instanceof ClientClosedError)) throw error;
    }
  }

  async #sendRevoke(call: CallOptions): Promise<void> {
    const options = { ...call, idempotent: true };
    try {
      await this.#context.transport.unary(lease.leaseRevoke, { id: this.id }, options);
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
    }
  }

  /** A lease of which nothing but its absence is known was never lost. */
  #refuseIfMissing(): void {
    const cause = this.#tenure.loss?.cause;
    if (this.#tenure.answered === undefined && cause instanceof LeaseNotFoundError) throw cause;
  }

  #refuseIfLost(): void {
    this.#context.keeper.registry.look();
    const { loss } = this.#tenure;
    if (loss !== undefined) throw addCallerStack(loss);
  }
}

printable(Lease, 'Lease', ({ id, ttlSeconds, alive }) => ({ id, ttlSeconds, alive }));
