import type { Session } from '../concurrency/index.js';
import { sessionState } from '../concurrency/session-state.js';
import { asOperation } from '../diagnostics/operation.js';
import { DecodeError, type Iteration, iterateOnce, withCallerStack } from '../errors/index.js';
import { codecs, type View } from '../index.js';
import { printable } from '../internal/printable.js';
import { checkQueueCall, type QueueCallOptions } from './call-options.js';
import type { Job } from './job.js';
import { Jobs } from './jobs.js';
import { checkQueueView } from './queue-view.js';
import {
  checkDelayedCall,
  checkJobId,
  type DelayedCallOptions,
  type JobsOptions,
  readConcurrency,
  readMaxAttempts,
  type WorkQueueOptions,
} from './work-options.js';
import { WorkStore } from './work-store.js';

/** A job that was set aside. */
export interface FailedJob<Value = string> {
  /** The id, for `requeue` and `discard`. */
  readonly id: string;
  /** The value. Throws `DecodeError` where it cannot be decoded. */
  readonly value: Value;
  /** The times that it was handed to a worker. */
  readonly attempts: number;
  /** The reason for which it was set aside, for people. */
  readonly reason: string;
}

/**
 * A queue for work that must be done at least once. A worker claims a job under its session and removes it
 * when it is done. If the worker dies, or is cut off for longer than its session lives, the job goes to
 * another one. Jobs that fail again and again are set aside, to be looked at.
 *
 * @example
 * const work = new WorkQueue(session, etcd.namespace('work/').as(codecs.json<Mail>()), { maxAttempts: 5 });
 * await work.enqueue({ to: 'ada@example.com' });
 * for await (const job of work.jobs({ signal })) {
 *   await send(job.value, job.signal);
 *   await job.done();
 * }
 */
export class WorkQueue<Out, In = Out> {
  static {
    printable(WorkQueue, 'WorkQueue', ({ view, maxAttempts }) => ({ view, maxAttempts }));
  }

  /** The part of the store that the queue has. */
  readonly view: View<Out, In>;
  /** Attempts after which a job is set aside. */
  readonly maxAttempts: number;
  readonly #session: Session;
  readonly #store: WorkStore<Out, In>;

  /**
   * @param session the session of the worker: with it, its claims end
   * @param view a namespace that nothing else uses; its codec is that of the values
   * @throws InvalidArgumentError for an argument that is not a session or a view, and for a wrong option
   */
  constructor(session: Session, view: View<Out, In>, options: WorkQueueOptions = {}) {
    sessionState(session);
    checkQueueView(view);
    this.maxAttempts = readMaxAttempts(options);
    this.view = view;
    this.#session = session;
    this.#store = new WorkStore(session, view, view.as(codecs.utf8));
  }

  /**
   * Puts a job at the end of the queue, and answers its id.
   *
   * @param options `timeoutMs` is by default the client's
   * @throws InvalidArgumentError for a value that the codec refuses
   * @throws EtcdError with an `outcome`: `unknown` means that the job may be in the queue
   */
  async enqueue(value: In, options: DelayedCallOptions = {}): Promise<string> {
    checkDelayedCall(options);
    const { afterMs = 0, signal, timeoutMs = this.view.timeoutMs } = options;
    const limits = { signal, timeoutMs };
    return await withCallerStack(
      asOperation('enqueue', () => this.#store.add(value, afterMs, limits)),
    );
  }

  /**
   * Takes jobs in the order they were put in, up to `concurrency` at a time. It goes on until the loop is
   * left, `signal` aborts or the session ends. A job that is not settled by then goes back. After an abort
   * the attempt does not count. The loop cannot tell `break` and `return` from an exception of the work. So
   * they count as an attempt of the job in whose turn they happen. If that was its last attempt, the job is
   * set aside.
   *
   * @throws EtcdError where the iteration stands: when the session ends, and when the jobs may not be read or
   *   written
   */
  jobs(options: JobsOptions = {}): Iteration<Job<Out>> {
    const jobs = new Jobs<Out>({
      session: this.#session,
      view: this.view,
      store: this.#store,
      maxAttempts: this.maxAttempts,
      concurrency: readConcurrency(options),
      signal: options.signal,
    });
    return iterateOnce(jobs, 'jobs', 'call jobs() once more');
  }

  /** Reads the jobs that were set aside, in the order they were put in. */
  async failed(options: QueueCallOptions = {}): Promise<readonly FailedJob<Out>[]> {
    checkQueueCall(options);
    const found = await asOperation('failed', () => this.#store.failed(options));
    return found.map(({ id, envelope }) => {
      const { attempts, reason = '' } = envelope;
      try {
        return { id, value: envelope.value(), attempts, reason };
      } catch (cause) {
        const error = new DecodeError(`the value of the job ${id} is not valid for its codec`, {
          key: id,
          cause,
        });
        return {
          id,
          get value(): never {
            throw error;
          },
          attempts,
          reason,
        };
      }
    });
  }

  /**
   * Puts a job back that was set aside, at its old place and without attempts.
   *
   * @returns false when there is no such job
   */
  async requeue(id: string, options: QueueCallOptions = {}): Promise<boolean> {
    checkJobId(id);
    checkQueueCall(options);
    return await asOperation('requeue', () => this.#store.requeue(id, options));
  }

  /**
   * Deletes a job that was set aside.
   *
   * @returns false when there is no such job
   */
  async discard(id: string, options: QueueCallOptions = {}): Promise<boolean> {
    checkJobId(id);
    checkQueueCall(options);
    return await asOperation('discard', () => this.#store.discard(id, options));
  }
}
