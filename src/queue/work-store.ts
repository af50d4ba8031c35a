import type { Session } from '../concurrency/index.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from '../concurrency/retry-until-answered.js';
import { EtcdError } from '../errors/index.js';
import type { AnyOp, Compare, KeyValue, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { type QueueCallOptions, readAndWrite } from './call-options.js';
import { type Envelope, envelopeIn, envelopeOf, type NewEnvelope } from './envelope.js';
import { uniqueName } from './unique-name.js';

type Stored<Out> = KeyValue<Envelope<Out>>;

/** Jobs that are looked at together, beside those that are claimed. */
const LOOK_AT = 32;
const REVISION_DIGITS = 19;
const TIME_DIGITS = 15;
/** A key that no record has: reading it tells the revision of the store, or nothing. */
const NO_KEY = 'revision';

/** The jobs as they are at one revision. */
export interface WorkLook<Out> {
  readonly revision: bigint;
  /** Jobs that nobody has claimed, in order. */
  readonly ready: readonly Stored<Out>[];
  /** Jobs whose time has come. */
  readonly due: readonly Stored<Out>[];
  /** Milliseconds until the next one is due. */
  readonly nextDueMs: number | undefined;
}

/**
 * End of a request under a claim: `done` by this worker; `gone` when the claim was gone before; `unknown` when an
 * answer was lost and the claim's lease has ended since, so that another worker may have done it instead.
 */
export type Settled = 'done' | 'gone' | 'unknown';

/** A job that this session has claimed. */
export interface Claimed<Out> {
  readonly id: string;
  readonly envelope: Envelope<Out>;
  /** The revision of the claim: what is done under it is refused when it is gone. */
  readonly revision: bigint;
}

/**
 * The keys of a work queue, and the transactions on them. Below the view's namespace:
 *
 * - `jobs/<id>`: a job that can be done. Ids begin with a revision, so that their order is that of enqueueing.
 * - `claims/<id>`: a worker has it; on the lease of its session.
 * - `later/<due>-<id>`: a job that is to wait until a time, in milliseconds since 1970.
 * - `failed/<id>`: a job that was set aside.
 */
export class WorkStore<Out, In> {
  readonly #session: Session;
  readonly #view: View<Out, In>;
  readonly #jobs: View<Envelope<Out>, NewEnvelope<In>>;
  readonly #claims: View<string>;

  constructor(session: Session, view: View<Out, In>, claims: View<string>) {
    this.#session = session;
    this.#view = view;
    this.#jobs = view.as(envelopeOf(view.all().codec));
    this.#claims = claims;
  }

  /** Stores a new job, and answers its id. */
  async add(value: In, afterMs: number, call: QueueCallOptions): Promise<string> {
    const clock = clockOf(this.#view);
    // Refuses a wrong value before anything is sent, and not as a part of what is stored with it.
    this.#view.op.put(jobKey(''), value);
    return await readAndWrite(clock, call, {
      what: 'enqueue',
      // Whatever was stored before this call has an earlier revision, and so an earlier id.
      read: (options) => this.#view.range(NO_KEY).all(options),
      write: async ({ header }, options) => {
        const name = uniqueName(clock);
        const id = `${String(header.revision).padStart(REVISION_DIGITS, '0')}-${name}`;
        const key = afterMs > 0 ? this.#laterKey(id, afterMs) : jobKey(id);
        await this.#jobs.create(key, { attempts: 0, value }, options);
        return id;
      },
    });
  }

  /** Reads what there is to do. */
  async look(signal: AbortSignal): Promise<WorkLook<Out>> {
    const { op } = this.#jobs;
    for (let limit = LOOK_AT; ; limit *= 2) {
      const txn = this.#view
        .txn()
        .then(
          op.get(this.#jobs.prefix('jobs/').limit(limit)),
          this.#claims.op.get(this.#claims.prefix('claims/')),
          op.get(this.#jobs.prefix('later/').limit(LOOK_AT)),
        );
      const answer = await retryUntilAnswered(
        clockOf(this.#view),
        () => txn.commit({ signal, timeoutMs: ATTEMPT_TIMEOUT_MS }),
        signal,
      );
      // It has no condition that could fail.
      if (!answer.succeeded) continue;
      const [jobs, claims, later] = answer.results;
      const claimed = new Set(claims.kvs.map(({ key }) => idOf(key)));
      const ready = jobs.kvs.filter(({ key }) => !claimed.has(idOf(key)));
      // All that was read may be claimed, and others stand behind it.
      if (ready.length === 0 && jobs.more) continue;
      const now = clockOf(this.#view).wallNow();
      const due = later.kvs.filter(({ key }) => dueOf(key) <= now);
      const next = later.kvs[due.length];
      const nextDueMs = next === undefined ? undefined : dueOf(next.key) - now;
      return { revision: answer.header.revision, ready, due, nextDueMs };
    }
  }

  /** Reads which jobs are claimed, each with the revision of its claim. */
  async claims(
    signal: AbortSignal,
  ): Promise<{ readonly revision: bigint; readonly claims: ReadonlyMap<string, bigint> }> {
    const { kvs, header } = await retryUntilAnswered(
      clockOf(this.#view),
      () => this.#claims.prefix('claims/').all({ signal, timeoutMs: ATTEMPT_TIMEOUT_MS }),
      signal,
    );
    const claims = new Map(kvs.map(({ key, createRevision }) => [idOf(key), createRevision]));
    return { revision: header.revision, claims };
  }

  /** Lets a job be done whose time has come. */
  async makeReady(job: Stored<Out>): Promise<void> {
    const id = idOf(job.key);
    const { op, compare } = this.#jobs;
    await this.#answered(
      [compare(job.key).modRevision('==', job.modRevision)],
      [op.delete(job.key), op.put(jobKey(id), this.#kept(job))],
    );
  }

  /** Sets a job aside that nobody has claimed. */
  async setAside(job: Stored<Out>, reason: string): Promise<void> {
    const id = idOf(job.key);
    const { op } = this.#jobs;
    await this.#answered(this.#isFree(job), [
      op.delete(job.key),
      op.put(failedKey(id), { ...this.#kept(job), reason }),
    ]);
  }

  /** Claims a job, and counts the attempt; `undefined` when another worker was faster. */
  async claim(job: Stored<Out>): Promise<Claimed<Out> | undefined> {
    const id = idOf(job.key);
    const { bytes, value, attempts } = envelopeIn(job);
    const token = uniqueName(clockOf(this.#view));
    const counted = { attempts: attempts + 1, bytes };
    const claimKey = keyOfClaim(id);
    // The put moves the job to another revision, so that an attempt that comes late finds another one.
    const txn = this.#view
      .txn()
      .if(...this.#isFree(job))
      .then(
        this.#jobs.op.put(job.key, counted),
        this.#claims.op.put(claimKey, token, { lease: this.#session.lease.id }),
      )
      .else(this.#claims.op.get(claimKey));
    const { signal } = this.#session;
    const clock = clockOf(this.#view);
    const result = await retryUntilAnswered(
      clock,
      () => txn.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
      signal,
    );
    const envelope = { ...counted, value };
    if (result.succeeded) return { id, envelope, revision: result.header.revision };
    const [claim] = result.results;
    // An earlier attempt, whose answer was lost, has claimed it.
    if (claim?.value !== token) return undefined;
    return { id, envelope, revision: claim.createRevision };
  }

  /** Ends a claim and removes the job. */
  finish(claimed: Claimed<Out>): Promise<Settled> {
    return this.#settleAndRemove(claimed, []);
  }

  /** Ends a claim and leaves the job to others, now or later. */
  release(claimed: Claimed<Out>, afterMs: number): Promise<Settled> {
    if (afterMs <= 0) return this.#settle(claimed, []);
    const { id, envelope } = claimed;
    const { attempts, bytes } = envelope;
    const later = this.#laterKey(id, afterMs);
    return this.#settleAndRemove(claimed, [this.#jobs.op.put(later, { attempts, bytes })]);
  }

  /** Ends a claim as if it had not been: the attempt does not count. */
  undo(claimed: Claimed<Out>): Promise<Settled> {
    const { attempts, bytes } = claimed.envelope;
    const before = { attempts: attempts - 1, bytes };
    return this.#settle(claimed, [this.#jobs.op.put(jobKey(claimed.id), before)]);
  }

  /** Ends a claim and sets the job aside. */
  fail(claimed: Claimed<Out>, reason: string): Promise<Settled> {
    const { attempts, bytes } = claimed.envelope;
    const failed = this.#jobs.op.put(failedKey(claimed.id), { attempts, bytes, reason });
    return this.#settleAndRemove(claimed, [failed]);
  }

  /** Reads the jobs that were set aside. */
  async failed(call: object): Promise<readonly { id: string; envelope: Envelope<Out> }[]> {
    const { kvs } = await this.#jobs.prefix('failed/').all(call);
    return kvs.map((kv) => ({ id: idOf(kv.key), envelope: envelopeIn(kv) }));
  }

  /** Puts a job back that was set aside; false when there is none. */
  async requeue(id: string, call: object): Promise<boolean> {
    const key = failedKey(id);
    const job = await this.#jobs.get(key, call);
    if (job === undefined) return false;
    const { bytes } = envelopeIn(job);
    const { op, compare } = this.#jobs;
    const { succeeded } = await this.#view
      .txn()
      .if(compare(key).modRevision('==', job.modRevision))
      .then(op.delete(key), op.put(jobKey(id), { attempts: 0, bytes }))
      .commit(call);
    return succeeded;
  }

  /** Deletes a job that was set aside; false when there is none. */
  async discard(id: string, call: object): Promise<boolean> {
    const { deleted } = await this.#jobs.delete(failedKey(id), call);
    return deleted > 0;
  }

  #settle(
    { id, revision }: Claimed<Out>,
    ops: readonly AnyOp[],
    removed?: string,
  ): Promise<Settled> {
    const key = keyOfClaim(id);
    return this.#answered(
      [this.#claims.compare(key).createRevision('==', revision)],
      [...ops, this.#claims.op.delete(key)],
      removed,
    );
  }

  #settleAndRemove(claimed: Claimed<Out>, ops: readonly AnyOp[]): Promise<Settled> {
    const job = jobKey(claimed.id);
    return this.#settle(claimed, [...ops, this.#jobs.op.delete(job)], job);
  }

  /**
   * Commits until it is answered. If an answer was lost and the condition does not hold any more, the lost
   * request was applied. While the lease lives, nobody but this worker changes what is its own. If a job was
   * to be removed and is still there, it was not applied.
   */
  async #answered(
    conditions: readonly Compare[],
    ops: readonly AnyOp[],
    removed?: string,
  ): Promise<Settled> {
    let lost = false;
    const { lease, signal } = this.#session;
    const txn = this.#view
      .txn()
      .if(...conditions)
      .then(...ops)
      .else(this.#jobs.op.get(removed ?? NO_KEY));
    try {
      const result = await retryUntilAnswered(
        clockOf(this.#view),
        () => txn.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
        signal,
        (error) => {
          lost ||= error instanceof EtcdError && error.outcome === 'unknown';
        },
      );
      if (result.succeeded) return 'done';
      if (!lost || result.results[0] !== undefined) return 'gone';
      return lease.alive ? 'done' : 'unknown';
    } catch (error) {
      if (lost && signal.aborted) return 'unknown';
      throw error;
    }
  }

  #isFree(job: Stored<Out>): readonly Compare[] {
    return [
      this.#jobs.compare(job.key).modRevision('==', job.modRevision),
      this.#claims.compare(keyOfClaim(idOf(job.key))).missing(),
    ];
  }

  #kept(job: Stored<Out>): { readonly attempts: number; readonly bytes: Uint8Array } {
    const { attempts, bytes } = envelopeIn(job);
    return { attempts, bytes };
  }

  #laterKey(id: string, afterMs: number): string {
    const due = Math.ceil(clockOf(this.#view).wallNow() + afterMs);
    return `later/${String(due).padStart(TIME_DIGITS, '0')}-${id}`;
  }
}

/** The id of a claim's key, if it is one. */
export function idOfClaim(key: string): string | undefined {
  return key.startsWith('claims/') ? idOf(key) : undefined;
}

function jobKey(id: string): string {
  return `jobs/${id}`;
}

function keyOfClaim(id: string): string {
  return `claims/${id}`;
}

function failedKey(id: string): string {
  return `failed/${id}`;
}

function idOf(key: string): string {
  const name = key.slice(key.indexOf('/') + 1);
  return key.startsWith('later/') ? name.slice(TIME_DIGITS + 1) : name;
}

function dueOf(key: string): number {
  return Number(key.slice('later/'.length, 'later/'.length + TIME_DIGITS));
}
