import { codecs, type EtcdClient } from '../../src/index.js';

/** What the process of a worker tells of a job. */
export interface JobReport {
  readonly worker: string;
  /** It has the job; it has carried it out; its removal was acknowledged; it was told that the claim is lost. */
  readonly kind: 'took' | 'did' | 'done' | 'lost';
  readonly job: number;
  /** The number of the attempt, which the store counts. */
  readonly attempt: number;
}

/** A line of a worker. With a round, it holds: the job is not settled until the round is over. */
export type Told =
  | (JobReport & { readonly round?: number | undefined })
  | { readonly worker: string; readonly kind: 'holding'; readonly round: number };

/** Times that jobs were carried out after the first time, by what explains them. */
export interface Duplicates {
  /** A worker was killed between the work and its acknowledgement. */
  readonly afterDeath: number;
  /** A living worker lost its claim: it was cut off, or stood still, for longer than its session lives. */
  readonly afterLostClaim: number;
  /** There must be none. */
  readonly unexplained: number;
}

/** The claim of one worker on one job, and how far it came with it. */
interface Attempt {
  readonly worker: string;
  readonly number: number;
  wasCarriedOut: boolean;
  end: 'done' | 'lost' | undefined;
}

/** The queue's part of the store. */
export function viewOf(client: EtcdClient) {
  return client.namespace('work/').as(codecs.json<number>());
}

/** All that workers told of their jobs. */
export class WorkLog {
  readonly #attempts = new Map<number, Attempt[]>();
  readonly #dead = new Set<string>();
  #done = 0;

  note({ worker, kind, job, attempt: number }: JobReport): void {
    const attempts = this.#attempts.get(job) ?? [];
    this.#attempts.set(job, attempts);
    if (kind === 'took') {
      attempts.push({ worker, number, wasCarriedOut: false, end: undefined });
      return;
    }
    const attempt = attempts.findLast((each) => each.worker === worker && each.number === number);
    if (attempt === undefined)
      throw new Error(`${worker} ${kind} the job ${job}, and never took it`);
    if (kind === 'did') {
      if (!attempts.some(({ wasCarriedOut }) => wasCarriedOut)) this.#done += 1;
      attempt.wasCarriedOut = true;
    } else attempt.end = kind;
  }

  /** The worker was killed, and all that it told has been noted. */
  died(worker: string): void {
    this.#dead.add(worker);
  }

  /** Jobs that were carried out once at least. */
  get done(): number {
    return this.#done;
  }

  /** Jobs that a worker had when it was killed, and that another one took after it. */
  get takenOver(): number {
    return this.#sum((attempts) => {
      const left = attempts.filter((attempt) => this.#diedWith(attempt));
      return left.filter(({ number }) => attempts.some((other) => other.number > number)).length;
    });
  }

  /** Jobs whose removal was acknowledged more than once. There must be none. */
  get doneTwice(): number {
    return this.#sum((attempts) => Number(attempts.filter(({ end }) => end === 'done').length > 1));
  }

  get duplicates(): Duplicates {
    let [afterDeath, afterLostClaim, unexplained] = [0, 0, 0];
    for (const attempts of this.#attempts.values()) {
      const carriedOut = attempts.filter(({ wasCarriedOut }) => wasCarriedOut);
      const again = Math.max(0, carriedOut.length - 1);
      const died = carriedOut.filter((attempt) => this.#diedWith(attempt)).length;
      const lost = carriedOut.filter(({ end }) => end === 'lost').length;
      const byDeath = Math.min(again, died);
      const byLoss = Math.min(again - byDeath, lost);
      afterDeath += byDeath;
      afterLostClaim += byLoss;
      unexplained += again - byDeath - byLoss;
    }
    return { afterDeath, afterLostClaim, unexplained };
  }

  #diedWith({ worker, end }: Attempt): boolean {
    return end === undefined && this.#dead.has(worker);
  }

  #sum(count: (attempts: readonly Attempt[]) => number): number {
    return [...this.#attempts.values()].reduce((sum, attempts) => sum + count(attempts), 0);
  }
}
