import type { EtcdClient } from '../client.js';
import { sessionClosed, sessionLost } from './failures.js';
import { KeySlot } from './key-slot.js';
import type { LockKey } from './lock-key.js';

/** Where a session keeps its state. Registered, so that both builds of the package share it. */
export const SESSION: unique symbol = Symbol.for('etcd-kit.session') as never;

/** What a session needs of its lease. */
interface LifeSign {
  readonly id: bigint;
  readonly alive: boolean;
}

/** What locks and elections see of their session. */
export class SessionState {
  readonly etcd: EtcdClient;
  readonly lease: LifeSign;
  /** Aborts when the session is lost or closed, or the client is; the reason is an `EtcdError`. */
  readonly signal: AbortSignal;
  /** Others may use the same lease. */
  readonly adopted: boolean;
  /** The latest revision of the store that an answer told; 0 at first. */
  seen = 0n;
  /** What is held stays, and nothing new can be taken. */
  orphaned = false;
  readonly #slots = new Map<string, KeySlot>();

  constructor(etcd: EtcdClient, lease: LifeSign, adopted: boolean, signal: AbortSignal) {
    this.etcd = etcd;
    this.lease = lease;
    this.adopted = adopted;
    this.signal = signal;
  }

  /** The one slot of a name. */
  slot(key: LockKey): KeySlot {
    let slot = this.#slots.get(key.name);
    if (slot === undefined) {
      slot = new KeySlot(key, this);
      this.#slots.set(key.name, slot);
    }
    return slot;
  }

  /** A slot was used: it is forgotten, or looked after. */
  finished(slot: KeySlot): void {
    const { name } = slot.key;
    if (!slot.idle) {
      if (!this.signal.aborted) slot.lookLater();
    } else if (this.#slots.get(name) === slot) {
      this.#slots.delete(name);
    }
  }

  /** Throws when nothing may be taken any more. */
  assertOpen(): void {
    this.assertAlive();
    if (this.orphaned) throw sessionClosed();
  }

  /** Throws when the session is over, or its lease has passed its deadline and nothing has told yet. */
  assertAlive(): void {
    this.signal.throwIfAborted();
    if (!this.lease.alive) throw sessionLost(undefined);
  }

  /** Ends what the slots would still do by themselves. */
  dispose(): void {
    for (const slot of this.#slots.values()) slot.dispose();
    this.#slots.clear();
  }
}
