import diagnosticsChannel from 'node:diagnostics_channel';
import {
  CALL_CHANNEL,
  type CallDiagnostics,
  CHANNELS,
  type DiagnosticMessages,
} from '../../src/diagnostics/index.js';

/** One event of a trace of a call. */
export interface CallEvent {
  readonly event: 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error';
  readonly call: CallDiagnostics;
}

/** Calls as the tracing channel tells them, until it is disposed of. */
export function recordCalls(seen: (event: CallEvent) => void = () => {}) {
  const events: CallEvent[] = [];
  const channel = diagnosticsChannel.tracingChannel<unknown, CallDiagnostics>(CALL_CHANNEL);
  const note = (event: CallEvent['event']) => (call: object) => {
    const entry = { event, call: call as CallDiagnostics };
    events.push(entry);
    seen(entry);
  };
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  channel.subscribe(subscribers);
  return {
    events,
    /** Calls that have ended, in the order of their ends. */
    get ended(): readonly CallDiagnostics[] {
      return events.filter(({ event }) => event === 'asyncEnd').map(({ call }) => call);
    },
    [Symbol.dispose]: () => void channel.unsubscribe(subscribers),
  };
}

/** A message with the topic of its channel. */
export type Told = {
  [Topic in keyof DiagnosticMessages]: { readonly topic: Topic } & DiagnosticMessages[Topic];
}[keyof DiagnosticMessages];

/** The lease or the claim that a message is about. */
const subjectOf = (message: Told): unknown =>
  message.topic === 'lease' ? message.id : message.topic === 'lock' ? message.claim : undefined;

/**
 * Messages of the plain channels, in their order, until it is disposed of.
 *
 * The channels belong to the process. A client that an earlier test closed still tells, at its deadline, that a
 * lease is lost, and the locks with it: losses of what no message was about before are left out.
 */
export function recordMessages(seen: (message: Told) => void = () => {}) {
  const messages: Told[] = [];
  const subscriptions = Object.entries(CHANNELS).map(([topic, name]) => {
    const note = (message: unknown): void => {
      const told = { topic, ...(message as object) } as Told;
      const subject = subjectOf(told);
      if (told.kind === 'lost' && !messages.some((other) => subjectOf(other) === subject)) return;
      messages.push(told);
      seen(told);
    };
    diagnosticsChannel.subscribe(name, note);
    return () => diagnosticsChannel.unsubscribe(name, note);
  });
  return {
    messages,
    /** The kinds told of a topic, in their order. */
    kinds: (topic: keyof DiagnosticMessages): readonly string[] =>
      messages.filter((message) => message.topic === topic).map(({ kind }) => kind),
    [Symbol.dispose]: () => {
      for (const end of subscriptions) end();
    },
  };
}
