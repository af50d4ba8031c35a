import type { Clock, TimerHandle } from '../../internal/clock.js';

/**
 * Upper limit on how often the time of one message is extended because bytes arrive. Nothing tells whose
 * bytes they are: on a busy connection an answer that never comes must end its call some time.
 */
const MAX_EXTENSIONS = 8;

/**
 * Bytes a millisecond that are progress of a message, at least. Fewer are those of pings, and of questions
 * whether the server lives.
 */
const LEAST_BYTES_PER_MS = 1;

/** The facts that the time of one message depends on. */
export interface MessageTimeContext {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Bytes that have arrived over the connection since the call was sent there; 0 while it was not. */
  received(): number;
  /** Bytes arrived in time, so the message may take as long again. */
  onProgress?: (() => void) | undefined;
  /** The time is over. */
  onLate(): void;
}

/**
 * Measures the time of one message of any size, such as a page. It counts progress: on a slow link a
 * message that is on its way is not late.
 */
export function startMessageTime(context: MessageTimeContext): TimerHandle {
  const { clock, timeoutMs } = context;
  let extensions = 0;
  let timer: TimerHandle;
  const wait = (): void => {
    const before = context.received();
    timer = clock.setTimeout(() => {
      const received = context.received();
      const progress = received - before >= timeoutMs * LEAST_BYTES_PER_MS;
      if (!progress || extensions === MAX_EXTENSIONS) {
        context.onLate();
        return;
      }
      extensions++;
      context.onProgress?.();
      wait();
    }, timeoutMs);
  };
  wait();
  return { cancel: () => timer.cancel(), unref: () => timer.unref() };
}
