import type { EtcdClient } from '../client.js';
import { type EtcdError, invalidArgument } from '../errors/index.js';
import type { Header } from '../index.js';
import { ignore } from '../internal/deferred.js';
import { nestedName, sessionClosed, sessionLost } from './failures.js';
import type { LockKey } from './lock-key.js';
import { SessionKey } from './session-key.js';
import { joinLease } from './shared-leases.js';

/** Property in which a session keeps its state. Registered, so that both builds of the package share it. */
export const SESSION: unique symbol = Symbol.for('etcd-kit.session') as never;

/**
 * Returns the state of a session.
 *
 * @throws InvalidArgumentError for anything else, such as a client
 */
export function sessionState(session: { readonly [SESSION]: SessionState }): SessionState {
  const state = (session as { readonly [SESSION]?: SessionState } | null | undefined)?.[SESSION];
  if (state === undefined) {
    throw invalidArgument('session', session, 'a session, as await Session.create(etcd) gives it');
  }
  return state;
}

/** The part of a lease that a session needs. */
interface SessionLease {
  readonly id: bigint;
  readonly alive: boolean;
  keepAliveOnce(): Promise<number>;
}

/** The part of a session that locks and elections see. */
export class SessionState {
  readonly etcd: EtcdClient;
  readonly lease: SessionLease;
  /** Aborts when the session is lost or closed, or the client is; the reason is an `EtcdError`. */
  readonly signal: AbortSignal;
  /** Others may use the same lease. */
  readonly adopted: boolean;
  /** Latest header that a server has sent to this session. */
  lastHeader: Header | undefined;
  /** Revision of the store before the first use of an adopted lease: older keys were left on it. */
  adoptedAt: bigint | undefined;
  #orphaned = false;
  readonly #keys = new Map<string, SessionKey>();
  /** Ends that other sessions of this process and of the lease count with this one. */
  readonly #leaveLease: () => void;

  constructor(etcd: EtcdClient, lease: SessionLease, adopted: boolean, signal: AbortSignal) {
    this.etcd = etcd;
    this.lease = lease;
    this.adopted = adopted;
    this.signal = signal;
    this.#leaveLease = joinLease(lease.id);
  }

  /** Returns what this session knows of a key of its own. */
  sessionKey(key: LockKey): SessionKey {
    let found = this.#keys.get(key.key);
    if (found === undefined) {
      found = new SessionKey(key, this);
      this.#keys.set(key.key, found);
    }
    return found;
  }

  /** Forgets a key that was used, or searches for what its lost requests may have left. */
  finished(key: SessionKey): void {
    const { key: ownKey } = key.key;
    if (!key.idle) {
      if (!this.signal.aborted) key.searchLater();
    } else if (this.#keys.get(ownKey) === key) {
      this.#keys.delete(ownKey);
    }
  }

  /**
   * Refuses a name in whose queue this session is already, with the key of another name.
   *
   * @throws InvalidArgumentError
   */
  refuseNested(key: LockKey): void {
    for (const other of this.#keys.values()) {
      if (other.key.name === key.name || !other.key.key.startsWith(key.prefix)) continue;
      if (other.holder?.leaving === false) throw nestedName(key, other.key);
    }
  }

  /** Throws when nothing may be taken any more. */
  assertOpen(): void {
    this.assertAlive();
    if (this.#orphaned) throw sessionClosed();
  }

  /** Throws when the session is over, or its lease has passed its deadline and nothing has told yet. */
  assertAlive(): void {
    this.signal.throwIfAborted();
    if (!this.lease.alive) throw sessionLost(undefined);
  }

  /**
   * Asks the servers for the lease, after a key of it was found to be gone. Returns the loss of the session when
   * the lease is gone, too; `undefined` when somebody has deleted the key alone.
   */
  async findLoss(): Promise<EtcdError | undefined> {
    await this.lease.keepAliveOnce().catch(ignore);
    return this.signal.aborted ? (this.signal.reason as EtcdError) : undefined;
  }

  /** Leaves what is held to a later session. Nothing new can be taken. */
  orphan(): void {
    this.#orphaned = true;
    this.#leaveLease();
    for (const key of this.#keys.values()) key.abandon();
  }

  /** Ends what the keys would still do by themselves. */
  dispose(): void {
    this.#leaveLease();
    for (const key of this.#keys.values()) key.dispose();
    this.#keys.clear();
  }
}
