import { calls, channels } from './channels.js';
import type { CallDiagnostics, DiagnosticMessages } from './messages.js';

/** Listens to the begin and the end of requests; answers how to stop. */
export function subscribeToCalls(listeners: {
  readonly start: (call: CallDiagnostics) => void;
  readonly asyncEnd: (call: CallDiagnostics) => void;
}): () => void {
  const start = (call: unknown): void => listeners.start(call as CallDiagnostics);
  const asyncEnd = (call: unknown): void => listeners.asyncEnd(call as CallDiagnostics);
  calls.start.subscribe(start);
  calls.asyncEnd.subscribe(asyncEnd);
  return () => {
    calls.start.unsubscribe(start);
    calls.asyncEnd.unsubscribe(asyncEnd);
  };
}

/** Listens to the messages of a plain channel; answers how to stop. */
export function subscribeToMessages<Topic extends keyof DiagnosticMessages>(
  topic: Topic,
  listener: (message: DiagnosticMessages[Topic]) => void,
): () => void {
  const onMessage = (message: unknown): void => listener(message as DiagnosticMessages[Topic]);
  channels[topic].subscribe(onMessage);
  return () => void channels[topic].unsubscribe(onMessage);
}
