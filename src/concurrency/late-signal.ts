import type { EtcdError } from '../errors/index.js';

/**
 * A signal and its reason, each made when somebody first asks for it: most locks are given back before
 * anyone does, and these two cost more than the rest of what is kept of a lock.
 */
export class LateSignal {
  #controller: AbortController | undefined;
  #makeReason: (() => EtcdError) | undefined;
  #reason: EtcdError | undefined;

  /** The signal; one that is asked for after the abort has aborted already. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#makeReason !== undefined;
  }

  /** Why it aborted; `undefined` while it has not. */
  get reason(): EtcdError | undefined {
    this.#reason ??= this.#makeReason?.();
    return this.#reason;
  }

  /** Aborts it, once: the first reason counts. */
  abort(makeReason: () => EtcdError): void {
    if (this.aborted) return;
    this.#makeReason = makeReason;
    this.#controller?.abort(this.reason);
  }
}
