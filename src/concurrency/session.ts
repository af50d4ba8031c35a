import type { EtcdClient } from '../client.js';
import { asOperation } from '../diagnostics/operation.js';
import {
  ClientClosedError,
  checkCallOptions,
  checkKnownOptions,
  checkPositiveInteger,
  clientClosed,
  type EtcdError,
  invalidArgument,
  type OptionNames,
} from '../errors/index.js';
import type { CallOptions, Lease, LeaseRef } from '../index.js';
import { quiet } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { sharedController } from '../internal/shared-signal.js';
import { sessionClosed, sessionLost } from './failures.js';
import { SESSION, SessionState } from './session-state.js';

/** Options of a session. */
export interface SessionOptions extends CallOptions {
  /** Seconds that the session outlives its process, at least. Default: 60. */
  readonly ttlSeconds?: number | undefined;
  /** A lease to adopt instead of a new one: a handle, or its id. Closing the session revokes it too. */
  readonly lease?: Lease | LeaseRef | undefined;
}

/** The default of Go's `concurrency` package and of etcdctl. */
const DEFAULT_TTL_SECONDS = 60;

const CALL_NAMES: OptionNames<CallOptions> = { signal: true, timeoutMs: true, metadata: true };

/**
 * Lease that locks and leaderships depend on. It is renewed as long as the process lives and reaches the
 * cluster. When it is lost, all that the session holds is lost with it, and `signal` aborts before the
 * servers could give it to anyone else.
 *
 * @example
 * await using session = await Session.create(etcd, { ttlSeconds: 15 });
 * const mutex = new Mutex(session, 'my-lock');
 */
export class Session {
  /** The lease of the session. All keys of its locks hang on it. */
  readonly lease: Lease;
  /** @internal */
  readonly [SESSION]: SessionState;
  readonly #end = sharedController();
  #orphaned = false;

  private constructor(etcd: EtcdClient, lease: Lease, adopted: boolean) {
    // A program without types can get here.
    if (typeof lease?.id !== 'bigint') {
      throw invalidArgument('new Session', lease, 'sessions come from await Session.create(etcd)');
    }
    this.lease = lease;
    this[SESSION] = new SessionState(etcd, lease, adopted, this.#end.signal);
    const whenClosed = (): void => this.#abort(clientClosed({ outcome: 'not-sent' }));
    const stopListening = onAbort(lease.signal, (cause) => this.#abort(sessionLost(cause)));
    etcd.once('closed', whenClosed);
    onAbort(this.signal, () => {
      stopListening();
      etcd.off('closed', whenClosed);
      this[SESSION].dispose();
    });
  }

  /**
   * Begins a session: grants a lease, or adopts one, which is renewed before this resolves, and keeps it
   * alive.
   *
   * @throws InvalidArgumentError for an argument that is not a client, and for a TTL together with a lease.
   *   Also for a TTL that is not a whole number of seconds above 0
   * @throws LeaseNotFoundError, LeaseLostError when the lease to adopt is gone
   */
  static async create(etcd: EtcdClient, options: SessionOptions = {}): Promise<Session> {
    checkKnownOptions('options', options, { ...CALL_NAMES, ttlSeconds: true, lease: true });
    if (typeof (etcd as Partial<EtcdClient> | undefined)?.lease?.grant !== 'function') {
      throw invalidArgument(
        'etcd',
        etcd,
        'a client, as await EtcdClient.connect(options) gives it',
      );
    }
    const { ttlSeconds, lease: adopted, ...call } = options;
    if (ttlSeconds !== undefined) {
      if (adopted !== undefined) {
        throw invalidArgument(
          'ttlSeconds',
          ttlSeconds,
          'leave it out: an adopted lease has its own time to live',
        );
      }
      checkPositiveInteger('ttlSeconds', ttlSeconds);
    }
    if (adopted === undefined) {
      const wanted = { ...call, keepAlive: true };
      const granted = await asOperation('create', () =>
        etcd.lease.grant(ttlSeconds ?? DEFAULT_TTL_SECONDS, wanted),
      );
      return new Session(etcd, granted, false);
    }
    const lease = handleOf(etcd, adopted);
    await lease.keepAliveOnce(call);
    return new Session(etcd, lease.keepAlive(), true);
  }

  /**
   * Aborts when the session is over: the lease is lost (`SessionLostError`), the session is closed
   * (`SESSION_CLOSED`) or the client is (`ClientClosedError`).
   */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /**
   * Ends the session: its waits and signals end at once, its lease is revoked, and the keys of its locks
   * and elections are gone when this resolves. After a failure it can be called again. Harmless when
   * called twice. When the lease is lost or the client is closed, it waits for nothing.
   *
   * @param options `timeoutMs` is 5 s by default, or what the client's is
   * @throws EtcdError when no server could be told; the keys then go when the lease runs out
   */
  async close(options: CallOptions = {}): Promise<void> {
    checkKnownOptions('options', options, CALL_NAMES);
    checkCallOptions(options);
    if (this.#orphaned) return;
    const isLost = this.#isLost;
    this.#abort(sessionClosed());
    const revoked = asOperation('close', () => this.lease.revoke(options));
    if (isLost) {
      // Servers may still have the lease. Its keys are deleted earlier this way.
      void quiet(revoked);
      return;
    }
    try {
      await revoked;
    } catch (error) {
      if (!(error instanceof ClientClosedError)) throw error;
    }
  }

  /**
   * Stops the renewals, and leaves the lease and the keys to a later session or to their end. What
   * is held stays held until then, `signal` still tells when; nothing new can be taken.
   */
  orphan(): void {
    this.#orphaned = true;
    this[SESSION].orphan();
    this.lease.detach();
  }

  /** Closes the session, unless it was orphaned. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** True when the session ended by itself, and not because its owner closed it. */
  get #isLost(): boolean {
    if (!this.signal.aborted) return !this.lease.alive;
    return (this.signal.reason as EtcdError).code !== 'SESSION_CLOSED';
  }

  #abort(reason: EtcdError): void {
    if (!this.signal.aborted) this.#end.abort(reason);
  }
}

function handleOf(etcd: EtcdClient, lease: Lease | LeaseRef): Lease {
  const id = typeof lease === 'object' ? (lease as { readonly id?: unknown } | null)?.id : lease;
  if (typeof id !== 'bigint' && typeof id !== 'number') {
    throw invalidArgument('lease', lease, 'a lease, or the id of one as a bigint');
  }
  return typeof lease === 'object' && 'keepAlive' in lease ? lease : etcd.lease.attach(id);
}

printable(Session, 'Session', ({ lease, signal }) => ({
  leaseId: lease.id,
  ttlSeconds: lease.ttlSeconds,
  ended: signal.aborted,
}));
