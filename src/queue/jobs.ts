import type { Session } from '../concurrency/index.js';
import { asOperation } from '../diagnostics/operation.js';
import { addCallerStack, EtcdError, type IterationSource } from '../errors/index.js';
import { codecs, type View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { type Deferred, deferred, ignore, quiet } from '../internal/deferred.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { type Envelope, envelopeIn } from './envelope.js';
import { claimLost, Job } from './job.js';
import { WorkChanges } from './work-changes.js';
import type { Claimed, WorkLook, WorkStore } from './work-store.js';

/** Everything that a loop over jobs needs. */
export interface JobsContext<Out> {
  readonly session: Session;
  readonly view: View<Out, never>;
  readonly store: WorkStore<Out, never>;
  readonly maxAttempts: number;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** The jobs that one loop takes, one after the other, and how they go back when it ends. */
export class Jobs<Out> implements IterationSource<Job<Out>> {
  readonly #context: JobsContext<Out>;
  readonly #life: LinkedSignal;
  readonly #changes: WorkChanges;
  readonly #open = new Map<string, { readonly job: Job<Out>; readonly claimed: Claimed<Out> }>();
  /** Jobs of the last look that were not tried yet. */
  #ready: WorkLook<Out>['ready'] = [];
  #room: Deferred<void> = deferred();
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> | undefined;
  /** The job that was handed out last. */
  #latest: Job<Out> | undefined;
  /** The job in the middle of which the loop was left. */
  #leftIn: Job<Out> | undefined;
  /** Claims that others were faster with, in a row. */
  #lost = 0;

  constructor(context: JobsContext<Out>) {
    this.#context = context;
    this.#life = new LinkedSignal({ signals: [context.signal, context.session.signal] });
    const { signal } = this.#life;
    this.#changes = new WorkChanges({
      view: context.view.as(codecs.bytes),
      signal,
      claimGone: (id, revision) => this.#claimGone(id, revision),
      // What refuses this is told by the loop when it looks for the next job.
      missed: () => void quiet(this.#lookForClaims()),
    });
    onAbort(signal, () => void quiet(this.#end()));
  }

  next(): Promise<IteratorResult<Job<Out>, undefined>> {
    const result = this.#turn.then(() => asOperation('jobs', () => this.#next()));
    this.#turn = result.catch(ignore);
    return result;
  }

  async return(): Promise<IteratorResult<Job<Out>, undefined>> {
    // An exception of the work looks the same from here, so that job has had its attempt.
    if (!this.#life.signal.aborted) this.#leftIn = this.#latest;
    this.#life.abort(undefined);
    await this.#end();
    return { done: true, value: undefined };
  }

  shown(): object {
    return { open: this.#open.size };
  }

  async #next(): Promise<IteratorResult<Job<Out>, undefined>> {
    const { signal } = this.#life;
    try {
      while (!signal.aborted) {
        if (this.#open.size >= this.#context.concurrency) {
          await unlessAborted(this.#room.promise, signal);
          continue;
        }
        const job = await this.#take();
        if (job === undefined) continue;
        this.#latest = job;
        return { done: false, value: job };
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#life.abort(undefined);
        await this.#end();
        throw addCallerStack(error);
      }
    }
    await this.#end();
    const { session } = this.#context;
    if (session.signal.aborted && this.#context.signal?.aborted !== true) {
      throw addCallerStack(session.signal.reason);
    }
    return { done: true, value: undefined };
  }

  /** Takes the next job, or waits until there may be one. */
  async #take(): Promise<Job<Out> | undefined> {
    const { signal } = this.#life;
    for (let found = this.#ready[0]; found !== undefined; found = this.#ready[0]) {
      // Workers that all try the first job would take turns: one that has lost some looks further.
      const among = Math.min(this.#ready.length, this.#lost + 1);
      const at = Math.floor(clockOf(this.#context.view).random() * among);
      const record = this.#ready[at] ?? found;
      this.#ready = this.#ready.toSpliced(at, 1);
      const job = await this.#claim(record);
      if (job !== undefined || signal.aborted) return job;
    }
    await this.#changes.ready();
    const { store } = this.#context;
    const look = await store.look(signal);
    for (const job of look.due) await store.makeReady(job);
    this.#ready = look.ready;
    if (look.ready.length > 0 || look.due.length > 0) return undefined;
    this.#lost = 0;
    await this.#changes.after(look.revision, look.nextDueMs);
    return undefined;
  }

  async #claim(record: WorkLook<Out>['ready'][number]): Promise<Job<Out> | undefined> {
    const { store, maxAttempts, view, session } = this.#context;
    const envelope: Envelope<Out> = envelopeIn(record);
    const bad = reasonAgainst(envelope, maxAttempts);
    if (bad !== undefined) {
      await store.setAside(record, bad);
      return undefined;
    }
    const claimed = await store.claim(record);
    this.#lost = claimed === undefined ? this.#lost + 1 : 0;
    if (claimed === undefined) return undefined;
    if (this.#life.signal.aborted) {
      await this.#uncount(claimed);
      return undefined;
    }
    const job = new Job<Out>(
      {
        clock: clockOf(view),
        store,
        maxAttempts,
        session: session.signal,
        closed: () => this.#close(claimed.id),
      },
      claimed,
    );
    this.#open.set(claimed.id, { job, claimed });
    return job;
  }

  #close(id: string): void {
    this.#open.delete(id);
    this.#room.resolve();
    this.#room = deferred();
  }

  /** Watches again at once, and looks which claims are gone: a loop with all its jobs would look much later. */
  async #lookForClaims(): Promise<void> {
    await this.#changes.ready();
    const { revision, claims } = await this.#context.store.claims(this.#life.signal);
    for (const [id, { claimed }] of this.#open) {
      if (claims.get(id) !== claimed.revision) this.#claimGone(id, revision);
    }
  }

  /** Somebody has deleted the claim, or the servers have let its lease go. */
  #claimGone(id: string, revision: bigint): void {
    const open = this.#open.get(id);
    if (open === undefined || revision <= open.claimed.revision) return;
    if (Job.lose(open.job, claimLost(id, undefined))) this.#close(id);
  }

  /**
   * Ends the loop: every job that is not settled goes back. What was stopped from outside has not failed, so
   * its attempt does not count.
   */
  #end(): Promise<void> {
    this.#ended ??= this.#giveBack();
    return this.#ended;
  }

  async #giveBack(): Promise<void> {
    const { session, store, maxAttempts } = this.#context;
    const { reason } = this.#life.signal;
    const back = [...this.#open.values()].map(async ({ job, claimed }) => {
      const over = reason instanceof EtcdError ? reason : claimLost(claimed.id, reason);
      if (!Job.lose(job, over)) return;
      this.#close(claimed.id);
      if (session.signal.aborted) return;
      const { attempts } = claimed.envelope;
      if (job !== this.#leftIn) await this.#uncount(claimed);
      else if (attempts < maxAttempts) await store.release(claimed, 0);
      else await store.fail(claimed, `left unsettled in attempt ${attempts}, its last`);
    });
    // What cannot be given back goes back with the session.
    await Promise.allSettled(back);
  }

  /** Gives a job back as if it had not been taken. A full store takes no number back, but lets go of a claim. */
  async #uncount(claimed: Claimed<Out>): Promise<void> {
    const { store } = this.#context;
    await store.undo(claimed).catch(() => store.release(claimed, 0));
  }
}

/** Says why a job is not to be tried (again). */
function reasonAgainst(envelope: Envelope<unknown>, maxAttempts: number): string | undefined {
  if (envelope.attempts >= maxAttempts) {
    return `its worker was lost in attempt ${envelope.attempts}, its last`;
  }
  try {
    envelope.value();
    return undefined;
  } catch {
    // What the codec says may quote the value.
    return 'its value cannot be decoded';
  }
}
