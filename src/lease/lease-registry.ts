import type { LeaseStatus } from '../diagnostics/status.js';
import { type EtcdError, leaseNotFound } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { withWholeJson } from '../internal/printable.js';
import { DeadlineHeap } from './deadline-heap.js';
import type { Tenure } from './tenure.js';

/** The part of the renewals that the registry needs. */
export interface RegistryContext {
  readonly clock: Clock;
  /** Returns why the lease was not renewed in time, as far as that is known. */
  reason(tenure: Tenure): EtcdError | undefined;
  /** The lease is lost: nothing more is to be done for it. */
  ended(tenure: Tenure): void;
}

/**
 * The handles of a client on leases, and their deadlines, which go on without any stream.
 *
 * Each message that comes in checks the deadlines first. After the event loop was blocked, the process
 * stopped or the machine asleep, an answer may be read before any timer runs. It must not bring back a lease
 * whose time was over.
 */
export class LeaseRegistry {
  readonly #context: RegistryContext;
  readonly #deadlines: DeadlineHeap<Tenure>;
  /** Not kept alive by this: many a handle is made for one call and forgotten. */
  readonly #handles = new Map<bigint, Set<WeakRef<Tenure>>>();
  readonly #forgotten = new FinalizationRegistry<{
    readonly id: bigint;
    readonly ref: WeakRef<Tenure>;
  }>(({ id, ref }) => this.#forget(id, ref));

  constructor(context: RegistryContext) {
    this.#context = context;
    this.#deadlines = new DeadlineHeap(context.clock, (tenure) => this.#expire(tenure));
  }

  /** The moment now, on the scale of `gone`. */
  now(): number {
    return this.#context.clock.now();
  }

  /** Adds a handle, and watches its deadline if it has one. */
  add(tenure: Tenure): void {
    const { id } = tenure;
    const ref = new WeakRef(tenure);
    const refs = this.#handles.get(id);
    if (refs === undefined) this.#handles.set(id, new Set([ref]));
    else refs.add(ref);
    this.#forgotten.register(tenure, { id, ref }, tenure);
    this.watch(tenure);
  }

  /** Watches the deadline of a lease, which may have moved. */
  watch(tenure: Tenure): void {
    if (tenure.deadline < Infinity) this.#deadlines.set(tenure, tenure.deadline);
  }

  /** Ends what has passed its deadline, before anything else is done. */
  look(): void {
    this.#deadlines.run();
  }

  /** Forgets a lease that has ended. */
  drop(tenure: Tenure): void {
    this.#deadlines.delete(tenure);
    this.#forgotten.unregister(tenure);
    for (const ref of this.#handles.get(tenure.id) ?? []) {
      if (ref.deref() === tenure) this.#forget(tenure.id, ref);
    }
  }

  /** State of each lease that there is a handle on, for people: of the handle that knows the most. */
  get status(): readonly LeaseStatus[] {
    return [...this.#handles.values()].flatMap((refs) => {
      const tenures = [...refs].flatMap((ref) => ref.deref() ?? []);
      const known = tenures.find(({ answered }) => answered !== undefined) ?? tenures[0];
      if (known === undefined) return [];
      const { id, answered, remainingSeconds, alive } = known;
      return [withWholeJson({ id, ttlSeconds: answered?.ttlSeconds, remainingSeconds, alive })];
    });
  }

  /** Returns `true` if there is a handle on this lease. */
  knows(id: bigint): boolean {
    return this.#handles.has(id);
  }

  /**
   * Ends every handle on a lease that a server called gone.
   *
   * @param askedAt the moment the server was asked: what was granted later is another lease of that id
   * @param method the call that was answered so
   */
  gone(id: bigint, askedAt: number, method: string): void {
    this.look();
    const cause = leaseNotFound(id, method);
    for (const ref of [...(this.#handles.get(id) ?? [])]) {
      const tenure = ref.deref();
      if (tenure === undefined || tenure.since > askedAt) continue;
      tenure.missing(cause);
      this.#context.ended(tenure);
    }
  }

  #expire(tenure: Tenure): void {
    tenure.expired(this.#context.reason(tenure));
    this.#context.ended(tenure);
  }

  #forget(id: bigint, ref: WeakRef<Tenure>): void {
    const refs = this.#handles.get(id);
    refs?.delete(ref);
    if (refs?.size === 0) this.#handles.delete(id);
  }
}
