import { OBSERVED, type Observed, type ObservedLock } from '../diagnostics/observed.js';
import type { EtcdError } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import type { ClaimContext } from './claim-state.js';

/** Number of the last claim of this process. */
let claims = 0;

/**
 * News of one claim, on `etcd-kit.lock` and in `status()`.
 *
 * - `waiting` until the name is held or the wait is over;
 * - `held` until it is lost or given back;
 * - `over`: nothing more is told.
 */
export class ClaimReport {
  readonly #observed: Observed;
  readonly #told: { readonly claim: number } & Record<'type' | 'name' | 'key', string>;
  readonly #clock: Clock;
  readonly #begunAt: number;
  #entry: ObservedLock;
  #waitedMs: number | undefined;
  #fencingToken: bigint | undefined;

  constructor({ session, key: { name, key }, words }: ClaimContext) {
    this.#observed = session.etcd[OBSERVED];
    this.#clock = clockOf(session.etcd);
    this.#begunAt = this.#clock.now();
    this.#told = { claim: ++claims, type: words.type ?? 'lock', name, key };
    this.#entry = { name, key, state: 'waiting', since: this.#begunAt };
    this.#observed.locks.add(this.#entry);
    this.#tell('waiting');
  }

  /** The name is held, by the key of this revision. */
  held(revision: bigint): void {
    if (!this.#is('waiting')) return;
    const since = this.#clock.now();
    this.#waitedMs = since - this.#begunAt;
    this.#fencingToken = revision;
    this.#leave();
    this.#entry = { ...this.#entry, state: 'held', since };
    this.#observed.locks.add(this.#entry);
    this.#tell('held');
  }

  /** The wait ended without the name; without an error it was found taken. */
  gaveUp(error?: EtcdError): void {
    if (!this.#is('waiting')) return;
    this.#leave();
    this.#waitedMs = this.#clock.now() - this.#begunAt;
    this.#tell('gave-up', { error });
  }

  /** The name was held until now: it is lost with this error, or given back without one. */
  ended(error?: EtcdError): void {
    if (!this.#is('held')) return;
    const heldMs = this.#clock.now() - this.#entry.since;
    this.#leave();
    // Closing a session gives back what it holds.
    const givenBack = error === undefined || error.code === 'SESSION_CLOSED';
    if (givenBack) this.#tell('released', { heldMs });
    else this.#tell('lost', { heldMs, error });
  }

  /** True in this state, as long as it lasts. */
  #is(state: ObservedLock['state']): boolean {
    return this.#entry.state === state && this.#observed.locks.has(this.#entry);
  }

  #leave(): void {
    this.#observed.locks.delete(this.#entry);
  }

  #tell(
    kind: 'waiting' | 'held' | 'gave-up' | 'lost' | 'released',
    more: { readonly error?: EtcdError | undefined; readonly heldMs?: number } = {},
  ): void {
    this.#observed.report.tell('lock', {
      kind,
      ...this.#told,
      fencingToken: this.#fencingToken,
      waitedMs: this.#waitedMs,
      heldMs: more.heldMs,
      error: more.error,
    });
  }
}
