import type { WatchDiagnostics } from '../diagnostics/messages.js';
import type { Report } from '../diagnostics/report.js';
import type { EtcdError } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { toText } from '../internal/printable.js';
import type { KeyRange } from '../model/keys/index.js';

/** Number of the last watcher of this process. */
let watches = 0;

/** The part of the client that news of watchers need. */
export interface WatchNewsContext {
  readonly report?: Report | undefined;
  readonly clock: Clock;
}

/** News of one watcher, for `etcd-kit.watch` and the log. */
export class WatchNews {
  readonly #report: Report | undefined;
  readonly #range: KeyRange;
  readonly #watch = ++watches;

  readonly #clock: Clock;
  /** Moment when the watcher was made, or lost its stream. */
  #since: number;

  constructor({ report, clock }: WatchNewsContext, range: KeyRange) {
    this.#report = report;
    this.#clock = clock;
    this.#range = range;
    this.#since = clock.now();
  }

  /** Notes that its stream broke: the time until the next one counts from here. */
  broken(): void {
    this.#since = this.#clock.now();
  }

  /** First key, as text. */
  get key(): string {
    return toText(this.#range.key);
  }

  /**
   * Tells what has happened to the watcher.
   *
   * @param revision up to which everything was received
   */
  tell(
    kind: WatchDiagnostics['kind'],
    revision: bigint | undefined,
    more: { readonly endpoint?: string; readonly error?: EtcdError | undefined } = {},
  ): void {
    const { rangeEnd } = this.#range;
    this.#report?.tell('watch', {
      kind,
      watch: this.#watch,
      key: this.key,
      rangeEnd: rangeEnd === undefined || rangeEnd.length === 0 ? undefined : toText(rangeEnd),
      revision,
      endpoint: more.endpoint,
      tookMs: more.endpoint === undefined ? undefined : this.#clock.now() - this.#since,
      error: more.error,
    });
  }
}
