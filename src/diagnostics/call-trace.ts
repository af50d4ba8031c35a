import { addCallerStack, EtcdError, type Outcome } from '../errors/index.js';
import { calls } from './channels.js';
import type { CallDiagnostics } from './messages.js';

/**
 * The trace of one request: the message of `etcd-kit.call`, which the layers below fill in. They meet it in
 * the options of the call, and only while somebody listens.
 */
export class CallTrace implements CallDiagnostics {
  readonly operation: string;
  readonly method: string;
  endpoint: string | undefined = undefined;
  attempts = 0;
  batchSize = 1;
  durationMs: number | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  error: unknown = undefined;

  constructor(operation: string, method: string) {
    this.operation = operation;
    this.method = method;
  }

  /** An attempt is sent. */
  sent(endpoint: string, batchSize = 1): void {
    this.endpoint = endpoint;
    this.attempts++;
    this.batchSize = batchSize;
  }

  /** The request has failed. */
  failed(error: unknown): void {
    this.error = error;
    this.outcome = error instanceof EtcdError ? error.outcome : this.#outcome;
  }

  /** Outcome of an error that says nothing of it. */
  get #outcome(): Outcome {
    return this.attempts === 0 ? 'not-sent' : 'unknown';
  }
}

/** Settings of the tracing of one request. */
export interface TraceContext {
  readonly trace: CallTrace;
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Told the finished trace. */
  ended?: ((trace: CallTrace) => void) | undefined;
}

/**
 * Makes a request under its trace, as `TracingChannel.tracePromise` does; but the result is not published,
 * since it holds values.
 */
export function traceCall<T>(context: TraceContext, call: () => Promise<T>): Promise<T> {
  const { trace, now } = context;
  const { start, end } = calls;
  const begunAt = now();
  const finish = (): void => finishTrace(context, begunAt);
  return start.runStores(trace, () => {
    let answer: Promise<T>;
    try {
      answer = call();
    } catch (error) {
      answer = Promise.reject(error);
    }
    const traced = answer.then(
      (result) => {
        finish();
        return result;
      },
      (error: unknown) => {
        trace.failed(error);
        finish();
        throw error;
      },
    );
    end.publish(trace);
    return traced;
  });
}

/** Iterates under a trace, which ends with the iteration. */
export async function* traceStream<T>(
  context: TraceContext,
  messages: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const { trace, now } = context;
  const begunAt = now();
  calls.start.runStores(trace, () => calls.end.publish(trace));
  try {
    yield* messages;
  } catch (error) {
    trace.failed(error);
    throw addCallerStack(error);
  } finally {
    finishTrace(context, begunAt);
  }
}

function finishTrace({ trace, now, ended }: TraceContext, begunAt: number): void {
  trace.durationMs = now() - begunAt;
  if (trace.outcome !== undefined) calls.error.publish(trace);
  calls.asyncStart.publish(trace);
  calls.asyncEnd.publish(trace);
  ended?.(trace);
}

/** Loggers that want a line for each request, of all clients of this process. */
let callLoggers = 0;

/** Counts a logger that wants a line for each request; answers how to take it away. */
export function addCallLogger(): () => void {
  callLoggers++;
  let counted = true;
  return () => {
    if (counted) callLoggers--;
    counted = false;
  };
}

/** True while somebody listens to the channel of calls. */
export function hasCallSubscribers(): boolean {
  const { start, asyncEnd, error, end, asyncStart } = calls;
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

/** True while a trace of calls has a taker: a subscriber, or a logger of any client. */
export function areCallsTraced(): boolean {
  return callLoggers > 0 || hasCallSubscribers();
}
