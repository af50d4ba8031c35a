import { EtcdError } from '../errors/index.js';
import { ignore } from '../internal/deferred.js';
import { toJson } from '../internal/printable.js';
import type { CallDiagnostics, DiagnosticMessages } from './messages.js';

/** Fields of a line of the log: plain values that `JSON.stringify` can write. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One function of a logger. */
export type LogFunction = (message: string, fields: LogFields) => void;

/**
 * A logger: some of these functions, or all. `console` is one. Lines never hold a secret or a key's value.
 * A function that throws, or whose promise rejects, hurts nothing.
 *
 * @example
 * const etcd = new EtcdClient({ endpoints, logger: console });
 */
export interface Logger {
  /** Each request, each retry, each renewal, each stream. */
  readonly debug?: LogFunction | undefined;
  /** Changes that are part of a normal life: connections, watches, leases, locks. */
  readonly info?: LogFunction | undefined;
  /** Changes that the client handles by itself: a lost connection, a late lease. */
  readonly warn?: LogFunction | undefined;
  /** Losses that the user has to know of: a lost lease, a lost lock, a watch that cannot go on. */
  readonly error?: LogFunction | undefined;
}

/** The levels of a log, from the finest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

type Line = readonly [level: LogLevel, message: string];

/** The line of each message, by topic and kind. The table of docs/observability.md is checked against it. */
export const LOG_LINES: {
  readonly [Topic in keyof DiagnosticMessages]: Readonly<
    Record<DiagnosticMessages[Topic]['kind'], Line>
  >;
} = {
  retry: { retry: ['debug', 'request is sent again'] },
  endpoint: {
    connected: ['info', 'endpoint connected'],
    disconnected: ['warn', 'endpoint disconnected'],
    'set-aside': ['warn', 'endpoint set aside'],
    back: ['info', 'endpoint in use again'],
  },
  stream: { opened: ['debug', 'stream opened'], ended: ['debug', 'stream ended'] },
  watch: {
    opened: ['info', 'watch opened'],
    resumed: ['info', 'watch resumed'],
    parked: ['info', 'watch parked: its consumer is slow'],
    'caught-up': ['info', 'watch caught up'],
    ended: ['info', 'watch ended'],
  },
  lease: {
    granted: ['info', 'lease granted'],
    renewed: ['debug', 'lease renewed'],
    late: ['warn', 'lease renewal late'],
    lost: ['error', 'lease lost'],
    revoked: ['info', 'lease revoked'],
  },
  lock: {
    waiting: ['debug', 'lock waited for'],
    held: ['info', 'lock held'],
    'gave-up': ['info', 'lock not acquired'],
    lost: ['error', 'lock lost'],
    released: ['info', 'lock released'],
  },
};

/** Writes a line for a message of a plain channel. */
export function logMessage<Topic extends keyof DiagnosticMessages>(
  logger: Logger,
  topic: Topic,
  message: DiagnosticMessages[Topic],
): void {
  const { kind, ...fields } = message;
  const lines: Readonly<Record<string, Line>> = LOG_LINES[topic];
  const line = lines[kind];
  if (line === undefined) return;
  const [level, text] = line;
  // The text of this error may have the proposal of who leads: a value, which is for the caller alone.
  const shown = kind === 'gave-up' ? withCodeAlone(message) : fields;
  write(logger, levelOf(topic, message) ?? level, text, shown);
}

/** The fields of a message with the code of its error in place of the error. */
function withCodeAlone(message: object): object {
  const { kind: _kind, error, ...fields }: { kind?: string; error?: unknown } = message;
  return { ...fields, code: error instanceof EtcdError ? error.code : undefined };
}

/** Level of a message that is another than that of its kind: it says whether somebody wanted this. */
function levelOf<Topic extends keyof DiagnosticMessages>(
  topic: Topic,
  message: DiagnosticMessages[Topic],
): LogLevel | undefined {
  // The end of a watch that nobody asked for.
  if (topic === 'watch' && 'error' in message && message.error !== undefined) {
    return message.error.code === 'CLIENT_CLOSED' ? undefined : 'error';
  }
  // The end of a lease that nobody renews: its owner wants that, or has closed the client.
  const ends = topic === 'lease' && 'keptAlive' in message && message.kind === 'lost';
  return ends && !message.keptAlive ? 'info' : undefined;
}

/** Writes a line for a request that has ended. */
export function logCall(logger: Logger, trace: CallDiagnostics): void {
  const text = trace.outcome === undefined ? 'request done' : 'request failed';
  write(logger, 'debug', text, { ...trace });
}

function write(logger: Logger, level: LogLevel, text: string, fields: object): void {
  try {
    // Called as a method, which many loggers need.
    const returned: unknown = logger[level]?.(text, plain(fields));
    if (returned instanceof Promise) returned.catch(ignore);
  } catch {
    // The logger is the user's: what goes wrong there must not end a call.
  }
}

/** Makes fields that any logger can write: errors become texts and codes, and bigints become strings. */
function plain(fields: object): LogFields {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof EtcdError) shown['code'] = value.code;
    shown[name] = shownField(value);
  }
  return shown;
}

function shownField(value: unknown): unknown {
  // An error that is not ours may hold anything: an interceptor may have thrown it.
  if (value instanceof EtcdError) return value.message;
  if (value instanceof Error) return value.name;
  return typeof value === 'number' ? Math.round(value * THOUSAND) / THOUSAND : toJson(value);
}

/** Milliseconds are told to three places. */
const THOUSAND = 1_000;
