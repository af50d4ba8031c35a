import type { AlarmType } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Series } from '../series.js';
import { pointBounds } from '../store/binary-key.js';
import { type Commit, MvccStore } from '../store/mvcc-store.js';
import { AuthState } from './auth-state.js';
import { type LeaseState, Lessor } from './lessor.js';

/** An alarm that a member raised. */
export interface Alarm {
  readonly memberId: bigint;
  readonly alarm: AlarmType;
}

/** Told of what happens to the state of a member, as it happens. */
export interface ReplicaObserver {
  committed(commit: Commit): void;
  leaseGranted(lease: LeaseState): void;
  leaseRemoved(lease: LeaseState): void;
}

/**
 * The state of one member. Members apply the same changes in the same order, so all of it depends on
 * those changes alone: never on time, chance, or the member.
 */
export class Replica {
  readonly store: MvccStore;
  readonly lessor = new Lessor();
  readonly auth: AuthState;
  readonly series: Series;
  readonly #observer: ReplicaObserver;
  #alarms: readonly Alarm[] = [];

  constructor(series: Series, observer: ReplicaObserver) {
    this.series = series;
    this.auth = new AuthState(series);
    this.#observer = observer;
    this.store = new MvccStore({
      moved: (key, before, after) => this.lessor.moved(key, before, after),
      committed: (commit) => observer.committed(commit),
    });
  }

  /** Takes over the state of another member, as a snapshot brings it. */
  copyFrom(other: Replica): void {
    this.store.copyFrom(other.store);
    this.lessor.copyFrom(other.lessor);
    this.auth.copyFrom(other.auth);
    this.#alarms = other.#alarms;
  }

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  hasAlarm(alarm: AlarmType): boolean {
    return this.#alarms.some((raised) => raised.alarm === alarm);
  }

  /** Raises an alarm; one that is raised already stays as it is. */
  raise(alarm: Alarm): void {
    if (!this.#alarms.some((raised) => isSame(raised, alarm))) {
      this.#alarms = [...this.#alarms, alarm];
    }
  }

  /** Takes an alarm back; answers whether it was raised. */
  disarm(alarm: Alarm): boolean {
    const before = this.#alarms.length;
    this.#alarms = this.#alarms.filter((raised) => !isSame(raised, alarm));
    return this.#alarms.length < before;
  }

  compact(revision: bigint): void {
    this.store.compact(revision, this.series.isAtLeast('3.5'));
  }

  grantLease(id: bigint, ttlSeconds: bigint): LeaseState {
    const lease = this.lessor.grant(id, ttlSeconds);
    this.#observer.leaseGranted(lease);
    return lease;
  }

  /** Revokes a lease and deletes its keys, in one revision. */
  revokeLease(id: bigint): void {
    const lease = this.lessor.get(id);
    if (lease === undefined) throw refusals.leaseNotFound();
    const keys = [...lease.keys].sort();
    this.store.write((write) => {
      for (const key of keys) write.delete(pointBounds(key));
    });
    this.lessor.remove(id);
    this.#observer.leaseRemoved(lease);
  }

  /** @throws the refusal of a user that may not write every key of a lease; an unknown lease has none */
  checkLeaseKeys(info: Parameters<AuthState['check']>[0], id: bigint): void {
    const lease = this.lessor.get(id);
    if (lease === undefined || this.auth.isAdmin(info)) return;
    for (const key of lease.keys) {
      this.auth.check(info, pointBounds(key), 'WRITE');
    }
  }
}

function isSame(a: Alarm, b: Alarm): boolean {
  return a.memberId === b.memberId && a.alarm === b.alarm;
}
