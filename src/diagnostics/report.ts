import { addCallLogger, hasCallSubscribers } from './call-trace.js';
import { channels } from './channels.js';
import { type Logger, logCall, logMessage } from './logger.js';
import type { CallDiagnostics, DiagnosticMessages } from './messages.js';

/** The takers of what a client tells of itself: the channels of the process, and its own logger. */
export class Report {
  readonly #logger: Logger | undefined;
  readonly #removeCallLogger: (() => void) | undefined;

  constructor(logger?: Logger) {
    this.#logger = logger;
    if (logger?.debug !== undefined) this.#removeCallLogger = addCallLogger();
  }

  /** True while somebody wants to hear of each request. */
  get tracesCalls(): boolean {
    return this.#removeCallLogger !== undefined || hasCallSubscribers();
  }

  /** Tells a message to the subscribers of its channel, and to the logger. */
  tell<Topic extends keyof DiagnosticMessages>(
    topic: Topic,
    message: DiagnosticMessages[Topic],
  ): void {
    const channel = channels[topic];
    if (channel.hasSubscribers) channel.publish(message);
    if (this.#logger !== undefined) logMessage(this.#logger, topic, message);
  }

  /** Tells the logger of a request that has ended; the channel has told its subscribers. */
  readonly callEnded = (trace: CallDiagnostics): void => {
    if (this.#logger !== undefined) logCall(this.#logger, trace);
  };

  /** Nothing more is to be told of calls: the client is closed. */
  close(): void {
    this.#removeCallLogger?.();
  }
}
