import { asOperation } from '../diagnostics/operation.js';
import {
  addCallerStack,
  checkCallOptions,
  checkKnownOptions,
  describeKey as describeName,
  KeyExistsError,
} from '../errors/index.js';
import type { CallOptions, View } from '../index.js';
import { codecs } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { printable } from '../internal/printable.js';
import { type AcquireOptions, checkView, checkWaitOptions } from './acquire-options.js';
import { checkName } from './lock-key.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import { Wait } from './wait.js';
import { waitUntilKeyMayBeGone } from './wait-for-event.js';

/**
 * A gate: while it is held, all that wait at it stand still, and its release lets all of them go on. It is
 * one with the `Barrier` of Go's recipes: the key of its name, without a lease.
 *
 * So it stays held when its holder dies, and anybody may release it.
 *
 * @example
 * const barrier = new Barrier(etcd, 'migration');
 * await barrier.hold();
 * await migrate();
 * await barrier.release(); // elsewhere: await barrier.wait();
 */
export class Barrier {
  static {
    printable(Barrier, 'Barrier', (barrier) => ({ name: barrier.#name }));
  }

  readonly #etcd: View<string>;
  readonly #name: string;

  /** @throws InvalidArgumentError for an argument that is not a client or a view, and for an empty name */
  constructor(etcd: View<unknown, never>, name: string) {
    checkView('etcd', etcd);
    checkName(name, 'a barrier');
    this.#etcd = etcd.as(codecs.utf8);
    this.#name = name;
  }

  /**
   * Holds the barrier: from now on those that wait stand still.
   *
   * @throws KeyExistsError when it is held already
   * @throws EtcdError with outcome `unknown` when it may be held now
   */
  async hold(options: CallOptions = {}): Promise<void> {
    checkOptions(options);
    try {
      await asOperation('hold', () => this.#etcd.create(this.#name, '', options));
    } catch (error) {
      if (!(error instanceof KeyExistsError)) throw error;
      const text = `the barrier ${describeName(this.#name)} is held already`;
      throw new KeyExistsError(text, { key: this.#name, method: error.method });
    }
  }

  /** Releases the barrier: all that wait go on. Releasing one that is not held is no error. */
  async release(options: CallOptions = {}): Promise<void> {
    checkOptions(options);
    await asOperation('release', () => this.#etcd.delete(this.#name, options));
  }

  /**
   * Waits until the barrier is released; resolves at once when it is not held. A release is never missed,
   * and broken connections and compactions are not taken for one.
   *
   * @param options without `timeoutMs` it waits as long as the barrier is held
   * @throws AbortError, TimeoutError; ClientClosedError when the client is closed meanwhile
   */
  async wait(options: AcquireOptions = {}): Promise<void> {
    checkWaitOptions(options);
    const etcd = this.#etcd;
    const name = this.#name;
    const read = (timeoutMs: number) => etcd.get(name, { timeoutMs });
    using wait = new Wait(
      {
        name: `the barrier ${name}`,
        clock: clockOf(etcd),
        what: `the barrier ${name} was not released`,
        sessionSignal: undefined,
        outcome: () => 'not-applied',
        localReason: () => undefined,
        describeHolder: ({ createRevision }) => `it is held since revision ${createRevision}`,
        ask: read,
      },
      options,
    );
    const { signal } = wait;
    const readUntilAnswered = () =>
      wait.attempt(() => etcd.get(name, { timeoutMs: ATTEMPT_TIMEOUT_MS, signal }));
    try {
      signal.throwIfAborted();
      await asOperation('wait', async () => {
        const held = await readUntilAnswered();
        // Held again meanwhile, it was released in between.
        for (let now = held; now?.createRevision === held?.createRevision; ) {
          if (now === undefined) return;
          wait.blocker = now;
          await waitUntilKeyMayBeGone(etcd, now, wait);
          now = await readUntilAnswered();
        }
      });
    } catch (error) {
      throw addCallerStack(signal.aborted ? signal.reason : error);
    }
  }
}

function checkOptions(options: CallOptions): void {
  checkKnownOptions('options', options, { signal: true, timeoutMs: true, metadata: true });
  checkCallOptions(options);
}
