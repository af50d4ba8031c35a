import type { EtcdError } from '../errors/index.js';
import { sharedController } from '../internal/shared-signal.js';

/**
 * A signal and its reason, each made when somebody first asks for it. Most locks are released before
 * anyone does, and these two cost more than everything else that is kept for a lock.
 */
export class LazyAbortSignal {
  #controller: AbortController | undefined;
  #makeReason: (() => EtcdError) | undefined;
  #reason: EtcdError | undefined;

  /** Returns the signal. One that is asked for after the abort is aborted already. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = sharedController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#makeReason !== undefined;
  }

  /** Reason of the abort; `undefined` before it. */
  get reason(): EtcdError | undefined {
    this.#reason ??= this.#makeReason?.();
    return this.#reason;
  }

  /** Aborts the signal once: later calls change nothing. */
  abort(makeReason: () => EtcdError): void {
    if (this.aborted) return;
    this.#makeReason = makeReason;
    this.#controller?.abort(this.reason);
  }
}
