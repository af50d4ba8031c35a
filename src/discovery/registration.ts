import {
  abortedError,
  ClientClosedError,
  EtcdError,
  invalidArgument,
  LeaseNotFoundError,
  listenerCheck,
} from '../errors/index.js';
import type { CallOptions, EtcdClient, Lease } from '../index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import { systemClock } from '../internal/clock.js';
import { delay } from '../internal/delay.js';
import { onAbort } from '../internal/linked-signal.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import {
  checkEndpoint,
  endpointCodec,
  type ServiceEndpoint,
  type ServiceEndpointInput,
} from './endpoint.js';

/** The events of a registration, with the arguments of their listeners. */
export type RegistrationEvents = {
  /** The lease is lost, and the entry with it. It is registered again by itself, at once and then with back-off. */
  lost: [error: EtcdError];
  /** It is registered again after a loss, under a new lease. */
  registered: [event: { readonly leaseId: bigint }];
  /** An attempt to register again failed. The next one comes by itself. */
  error: [error: EtcdError];
};

const checkListener = listenerCheck<RegistrationEvents>({
  lost: true,
  registered: true,
  error: true,
});

/** What a registration is made of. */
export interface RegistrationParts {
  readonly etcd: EtcdClient;
  readonly id: string;
  readonly key: string;
  readonly ttlSeconds: number;
}

/** Errors after which the caller waits no longer. */
const IMPATIENT: ReadonlySet<string> = new Set(['ABORTED', 'TIMEOUT']);

/** Pauses between attempts to register again: an instance that nobody finds is idle. */
const BACKOFF: BackoffShape = { initialMs: 100, maxMs: 5_000 };

/**
 * An instance of a service that is registered, and stays so until this is closed: its lease is renewed,
 * and when it is lost all the same, a new one is taken. Made by `ServiceRegistry.register`.
 *
 * The entry is its own: one that somebody else deletes is not put back before the next loss or
 * `update`, and one that another process registered under the same id since is not taken away by
 * closing this.
 */
export class Registration extends TypedEmitter<RegistrationEvents> {
  readonly id: string;
  /** The key of the entry: `<target>/<id>`, within the client's namespace. */
  readonly key: string;
  readonly #parts: RegistrationParts;
  readonly #closing = new AbortController();
  #endpoint: ServiceEndpoint;
  #lease: Lease;
  /** Under way while there is no lease; it never rejects. */
  #again: Promise<void> | undefined;
  /** The end of the last write, however it ended. They go one after the other: the last one stays. */
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(parts: RegistrationParts, endpoint: ServiceEndpoint, lease: Lease) {
    super(checkListener);
    this.#parts = parts;
    this.id = parts.id;
    this.key = parts.key;
    this.#endpoint = endpoint;
    this.#lease = lease;
    this.#holdOn(lease);
  }

  /** Registers an endpoint; for `ServiceRegistry`. Rejects when the first attempt fails. */
  static async open(
    parts: RegistrationParts,
    endpoint: ServiceEndpoint,
    call: CallOptions,
  ): Promise<Registration> {
    return new Registration(parts, endpoint, await store(parts, endpoint, call));
  }

  /** What is registered, as others read it. */
  get endpoint(): ServiceEndpoint {
    return this.#endpoint;
  }

  /** The id of the lease that the entry lives by. After a loss it is another one. */
  get leaseId(): bigint {
    return this.#lease.id;
  }

  /** Whether it is registered now, as far as is known here. */
  get registered(): boolean {
    return !this.#closing.signal.aborted && this.#lease.alive;
  }

  /**
   * Changes the address, the metadata or both; what is left out stays. Resolves when it is stored: while
   * the lease is lost, that is when it is registered again.
   *
   * @throws InvalidArgumentError for a wrong address, and for metadata that JSON cannot hold
   * @throws EtcdError `RELEASED` when the registration is closed
   */
  async update(changes: Partial<ServiceEndpointInput>, options?: CallOptions): Promise<void> {
    if (typeof changes !== 'object' || changes === null) {
      throw invalidArgument('changes', changes, 'an object with address, metadata or both');
    }
    const { address, metadata, ...unknown } = changes;
    const endpoint = checkEndpoint({
      address: address ?? this.#endpoint.address,
      metadata: metadata === undefined ? this.#endpoint.metadata : metadata,
      ...unknown,
    });
    this.#refuseIfClosed();
    this.#endpoint = endpoint;
    await this.#writeNext(options);
  }

  /**
   * Takes the entry away by revoking its lease. Closing twice is harmless.
   *
   * @throws EtcdError when no server could be told; the entry then goes when its lease is over
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#again;
    await this.#lastWrite;
    try {
      await this.#lease.revoke();
    } catch (error) {
      // A closed client renews no lease and can tell no server: there is nothing left to do here.
      if (!(error instanceof ClientClosedError)) throw error;
    }
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Stores the endpoint as it will be then, when the changes before have ended. */
  #writeNext(options?: CallOptions): Promise<void> {
    const write = this.#lastWrite.then(() => this.#rewrite(options));
    this.#lastWrite = write.catch(ignore);
    return write;
  }

  async #rewrite(options: CallOptions | undefined): Promise<void> {
    for (;;) {
      await unlessAborted(this.#again, options?.signal);
      this.#refuseIfClosed();
      const lease = this.#lease;
      try {
        await put(this.#parts, this.#endpoint, lease, options);
        if (!this.#isReplaced(lease)) return;
      } catch (error) {
        if (error instanceof LeaseNotFoundError) {
          // The server knows of the loss and we do not yet: asking after the lease tells.
          await lease.keepAliveOnce(options).catch(ignore);
          if (lease.alive) throw error;
        } else if (!mayHaveBeenStored(error) || !this.#isReplaced(lease)) {
          throw error;
        } else if (IMPATIENT.has(error.code)) {
          // Its caller waits no longer, so the entry is put right behind the error.
          void this.#writeNext().catch(ignore);
          throw error;
        }
      }
    }
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

  async #registerAgain(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff(BACKOFF, systemClock);
    while (!signal.aborted) {
      try {
        await delay(systemClock, backoff.next(), signal);
        const lease = await store(this.#parts, this.#endpoint, { signal });
        this.#lease = lease;
        this.#again = undefined;
        this.#holdOn(lease);
        this.emit('registered', { leaseId: lease.id });
        return;
      } catch (error) {
        if (signal.aborted || error instanceof ClientClosedError) return;
        this.emit('error', error as EtcdError);
      }
    }
  }

  #refuseIfClosed(): void {
    if (!this.#closing.signal.aborted) return;
    const message = `the registration ${this.key} is closed`;
    throw new EtcdError(message, { code: 'RELEASED', outcome: 'not-sent' });
  }
}

/** Takes a lease and stores the entry under it; leaves no lease behind when that fails. */
async function store(
  parts: RegistrationParts,
  endpoint: ServiceEndpoint,
  call: CallOptions,
): Promise<Lease> {
  const lease = await parts.etcd.lease.grant(parts.ttlSeconds, { ...call, keepAlive: true });
  try {
    await put(parts, endpoint, lease, call);
    lease.signal.throwIfAborted();
    return lease;
  } catch (error) {
    await lease.revoke().catch(ignore);
    throw error;
  }
}

async function put(
  { etcd, key }: RegistrationParts,
  endpoint: ServiceEndpoint,
  lease: Lease,
  call: CallOptions | undefined,
): Promise<void> {
  await etcd.as(endpointCodec).put(key, endpoint, { ...call, lease });
}

/** What the promise gives, or a rejection as soon as the caller does not want to wait for it any more. */
async function unlessAborted(
  promise: Promise<void> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (promise === undefined) return;
  let stopListening = ignore;
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort(signal, (reason) =>
      reject(abortedError(reason, { outcome: 'not-sent' })),
    );
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    stopListening();
  }
}

/** Whether a write has failed that a server may have carried out. */
function mayHaveBeenStored(error: unknown): error is EtcdError {
  return error instanceof EtcdError && error.outcome === 'unknown';
}

function ignore(): void {}
