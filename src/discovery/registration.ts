import { asOperation } from '../diagnostics/operation.js';
import {
  abortedError,
  ClientClosedError,
  checkCallOptions,
  checkKnownOptions,
  type EtcdError,
  invalidArgument,
  isRecord,
  LeaseNotFoundError,
  listenerCheck,
  type OptionNames,
  withCallerStack,
} from '../errors/index.js';
import type { CallOptions, Lease } from '../index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import { clockOf } from '../internal/clock-of.js';
import { delay } from '../internal/delay.js';
import { KeyedQueue } from '../internal/keyed-queue.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { sharedController } from '../internal/shared-signal.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { checkEndpoint, type ServiceEndpoint, type ServiceEndpointInput } from './endpoint.js';
import {
  putEntry,
  type RegistrationContext,
  remainingTime,
  storeEntry,
} from './registration-entry.js';
import {
  asLimited,
  callTimedOut,
  closed,
  IMPATIENT,
  mayHaveBeenStored,
  NOT_SENT,
} from './registration-errors.js';

/** The events of a registration, with the arguments of their listeners. */
export type RegistrationEvents = {
  /** The lease is lost, and the entry with it. It is registered again by itself, at once and then with back-off. */
  lost: [error: EtcdError];
  /** Registered again after a loss, under a new lease. */
  registered: [
    event: {
      /** The id of the lease that the entry hangs on now. */
      readonly leaseId: bigint;
    },
  ];
  /** An attempt to register again, or to put the entry right, failed. The next one comes by itself. */
  error: [error: EtcdError];
};

const checkListener = listenerCheck<RegistrationEvents>({
  lost: true,
  registered: true,
  error: true,
});

/** Pauses between attempts to register again: an instance that nobody finds is idle. */
const BACKOFF: BackoffShape = { initialMs: 100, maxMs: 5_000 };

const CALL_NAMES: OptionNames<CallOptions> = { signal: true, timeoutMs: true, metadata: true };

/**
 * An instance of a service that stays registered until this is closed. Its lease is renewed. When the lease
 * is lost nevertheless, a new one is taken. Made by `ServiceRegistry.register`.
 *
 * Only its own entry is changed. If somebody else deletes the entry, it is put back at the next loss of the
 * lease or the next `update`, not before. If another process has since registered under the same id, closing
 * this does not remove that entry.
 */
export class Registration extends TypedEmitter<RegistrationEvents> {
  /** The id of the instance in its service. */
  readonly id: string;
  /** The key of the entry: `<target>/<id>`, within the client's namespace. */
  readonly key: string;
  readonly #context: RegistrationContext;
  readonly #closing = sharedController();
  /** Writes go one after the other: the last one stays. */
  readonly #writes = new KeyedQueue();
  /** The endpoint that was stored last. A failed change is not in it, so it is never published later. */
  #endpoint: ServiceEndpoint;
  #lease: Lease;
  /** Under way while there is no lease; it never rejects. */
  #again: Promise<void> | undefined;
  /** An entry that a write under a lost lease may have taken away is being put right. */
  #isPuttingRight = false;

  private constructor(context: RegistrationContext, endpoint: ServiceEndpoint, lease: Lease) {
    super(checkListener);
    this.#context = context;
    this.id = context.id;
    this.key = context.key;
    this.#endpoint = endpoint;
    this.#lease = lease;
    this.#holdOn(lease);
  }

  /** Registers an endpoint; for `ServiceRegistry`. Rejects when the first attempt fails. */
  static async open(
    context: RegistrationContext,
    endpoint: ServiceEndpoint,
    call: CallOptions,
  ): Promise<Registration> {
    return new Registration(context, endpoint, await storeEntry(context, endpoint, call, true));
  }

  /** The registered endpoint, as others read it. */
  get endpoint(): ServiceEndpoint {
    return this.#endpoint;
  }

  /** The id of the lease that the entry lives by. After a loss it is another one. */
  get leaseId(): bigint {
    return this.#lease.id;
  }

  /** True if it is registered now, as far as is known here. */
  get registered(): boolean {
    return !this.#closing.signal.aborted && this.#lease.alive;
  }

  /**
   * Changes the address, the metadata or both; what is left out stays. Resolves when it is stored: while
   * the lease is lost, that is when it is registered again. `signal` and `timeoutMs` cover all of it.
   * Default: the wait for the lease has no deadline, the write has that of the client.
   *
   * A change that was rejected is not published later, unless its outcome is `unknown`: then it may have
   * been stored.
   *
   * @throws InvalidArgumentError for a wrong address, and for metadata that JSON cannot hold
   * @throws EtcdError `RELEASED` when the registration is closed, before or meanwhile
   */
  async update(changes: Partial<ServiceEndpointInput>, options: CallOptions = {}): Promise<void> {
    if (!isRecord(changes)) {
      throw invalidArgument('changes', changes, 'an object with address, metadata or both');
    }
    checkKnownOptions('changes', changes, { address: true, metadata: true });
    checkKnownOptions('options', options, CALL_NAMES);
    checkCallOptions(options);
    this.#changed(changes);
    this.#refuseIfClosed();
    const { signal, timeoutMs = 0 } = options;
    using limits = new LinkedSignal({
      signals: [this.#closing.signal, signal],
      abortReason: (reason) =>
        this.#closing.signal.aborted ? closed(this.key) : abortedError(reason, NOT_SENT),
      timeout: {
        clock: clockOf(this.#context.etcd),
        ms: timeoutMs,
        reason: () => callTimedOut(`update of the registration ${this.key}`, timeoutMs),
      },
    });
    await withCallerStack(
      this.#writes.run(this.key, limits.signal, () =>
        asOperation('update', () => this.#write(changes, options, limits.signal)),
      ),
    );
  }

  /**
   * Takes the entry away by revoking its lease. Closing twice is harmless, and after a failure it tries
   * again.
   *
   * @throws EtcdError when no server could be told; the entry then goes when its lease is over
   */
  async close(options: CallOptions = {}): Promise<void> {
    checkKnownOptions('options', options, CALL_NAMES);
    checkCallOptions(options);
    const { signal, timeoutMs, metadata } = options;
    const limitMs = timeoutMs ?? 0;
    const what = `closing the registration ${this.key}`;
    const clock = clockOf(this.#context.etcd);
    const remaining = remainingTime(clock, timeoutMs, what);
    this.#closing.abort();
    using limits = new LinkedSignal({
      signals: [signal],
      abortReason: (reason) => abortedError(reason, NOT_SENT),
      timeout: { clock, ms: limitMs, reason: () => callTimedOut(what, limitMs) },
    });
    await unlessAborted(Promise.resolve(this.#again), limits.signal);
    await this.#writes.run(this.key, limits.signal, async () => {});
    try {
      const call = { signal, metadata, timeoutMs: remaining() };
      await asOperation('close', () => this.#lease.revoke(call));
    } catch (error) {
      // A closed client renews no lease and can tell no server: there is nothing left to do here.
      if (!(error instanceof ClientClosedError)) throw error;
    }
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Stores what the change makes of the endpoint, under the lease that there is then. */
  async #write(
    changes: Partial<ServiceEndpointInput>,
    { metadata, timeoutMs }: CallOptions,
    limits: AbortSignal,
  ): Promise<void> {
    // A deadline of the caller is kept by `limits`.
    const call = { metadata, signal: limits, timeoutMs: timeoutMs === undefined ? undefined : 0 };
    let isTaken = false;
    try {
      for (;;) {
        await unlessAborted(Promise.resolve(this.#again), limits);
        limits.throwIfAborted();
        const lease = this.#lease;
        const endpoint = this.#changed(changes);
        try {
          await putEntry(this.#context, endpoint, lease, call);
          if (!this.#isReplaced(lease)) {
            this.#endpoint = endpoint;
            return;
          }
          isTaken = true;
        } catch (error) {
          const seen = asLimited(error, limits);
          if (error instanceof LeaseNotFoundError) {
            // The loss is known now, and with it the new registration is under way.
            if (lease.alive) throw error;
          } else if (!mayHaveBeenStored(seen) || !this.#isReplaced(lease)) {
            throw seen;
          } else {
            isTaken = true;
            if (IMPATIENT.has(seen.code)) throw seen;
          }
        }
      }
    } catch (error) {
      // Its caller waits no longer, so the entry is put right behind the error.
      if (isTaken) void this.#putRight();
      throw error;
    }
  }

  /** Stores the endpoint again, until that succeeds: the entry may be gone for good otherwise. */
  async #putRight(): Promise<void> {
    if (this.#isPuttingRight) return;
    this.#isPuttingRight = true;
    await this.#untilDone(() => this.update({}));
    this.#isPuttingRight = false;
  }

  #changed({ address, metadata }: Partial<ServiceEndpointInput>): ServiceEndpoint {
    return checkEndpoint({
      address: address ?? this.#endpoint.address,
      metadata: metadata === undefined ? this.#endpoint.metadata : metadata,
    });
  }

  /** The lease was lost while a write was under way: the write took the entry away from the new one. */
  #isReplaced(lease: Lease): boolean {
    return this.#again !== undefined || this.#lease !== lease;
  }

  #holdOn(lease: Lease): void {
    onAbort(lease.signal, (reason) => {
      if (this.#closing.signal.aborted) return;
      this.#again = this.#registerAgain();
      this.emit('lost', reason as EtcdError);
    });
  }

  #registerAgain(): Promise<void> {
    return this.#untilDone(async (signal) => {
      const lease = await asOperation('register', () =>
        storeEntry(this.#context, this.#endpoint, { signal }, false),
      );
      this.#lease = lease;
      this.#again = undefined;
      this.#holdOn(lease);
      this.emit('registered', { leaseId: lease.id });
    });
  }

  /** Tries with growing pauses until it succeeds or this is closed. Emits `error` for each failure. */
  async #untilDone(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    const clock = clockOf(this.#context.etcd);
    const backoff = new Backoff(BACKOFF, clock);
    while (!signal.aborted) {
      try {
        await delay(clock, backoff.next(), signal);
        return await act(signal);
      } catch (error) {
        if (signal.aborted || error instanceof ClientClosedError) return;
        this.emit('error', error as EtcdError);
      }
    }
  }

  #refuseIfClosed(): void {
    if (this.#closing.signal.aborted) throw closed(this.key);
  }
}

printable(Registration, 'Registration', ({ key, leaseId, registered, endpoint: { address } }) => ({
  key,
  address,
  leaseId,
  registered,
}));
