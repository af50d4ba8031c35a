import { afterAll, expect, vi } from 'vitest';
import type { LogFields, Logger } from '../../src/index.js';
import { auth, kv } from '../../src/rpc/services.js';
import { MetadataFactory } from '../../src/transport/channel/metadata.js';

/**
 * Gives every client of a test file a logger of all levels, beside its own, and fails the file when a line
 * holds a secret: a password or a token that a client has sent, a header of the user, or a value that was
 * put. Loaded before every file of the integration suite.
 */

/** Shorter texts are found in words that are none of them. */
const LEAST_LENGTH = 6;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const lines = new Set<string>();
const secrets = new Set<string>();
let watching = true;

/** Leaves the clients of this file alone: a logger with `debug` has each request traced. */
export function leaveLogsAlone(): void {
  watching = false;
}

/** Lines so far, each once, with their texts and without their numbers. */
export function watchedLines(): readonly string[] {
  return [...lines];
}

function note(message: string, fields: LogFields): void {
  const texts = Object.entries(fields).filter(([, value]) => typeof value === 'string');
  lines.add(`${message} ${JSON.stringify(texts)}`);
}

function keepSecret(text: unknown): void {
  const shown = text instanceof Uint8Array ? Buffer.from(text).toString() : text;
  if (typeof shown === 'string' && shown.length >= LEAST_LENGTH) secrets.add(shown);
}

/** Looks at each request of a method before it is encoded. */
function onRequest<Request>(
  method: { readonly encode: (request: Request) => Uint8Array },
  look: (request: Request) => void,
): void {
  const { encode } = method;
  const looking = (request: Request): Uint8Array => {
    look(request);
    return encode(request);
  };
  Object.defineProperty(method, 'encode', { value: looking });
}

onRequest(auth.authenticate, ({ password }) => keepSecret(password));
onRequest(auth.userAdd, ({ password }) => keepSecret(password));
onRequest(auth.userChangePassword, ({ password }) => keepSecret(password));
onRequest(kv.put, ({ value }) => keepSecret(value));
onRequest(kv.txn, ({ success = [], failure = [] }) => {
  for (const op of [...success, ...failure]) keepSecret(op.requestPut?.value);
});

const { make } = MetadataFactory.prototype;
MetadataFactory.prototype.make = function (token, requireLeader, metadata) {
  keepSecret(token);
  for (const value of Object.values(metadata ?? {})) keepSecret(value);
  return make.call(this, token, requireLeader, metadata);
};

/** Makes a logger that hands each line to the watch first, and then to the user's own. */
function besides(own: Logger | undefined): Logger {
  const write = (level: (typeof LEVELS)[number]) => (message: string, fields: LogFields) => {
    note(message, fields);
    return own?.[level]?.(message, fields);
  };
  return Object.fromEntries(LEVELS.map((level) => [level, write(level)]));
}

vi.doMock('../../src/diagnostics/report.js', async (original) => {
  const actual = await original<typeof import('../../src/diagnostics/report.js')>();
  return {
    ...actual,
    Report: class extends actual.Report {
      constructor(logger?: Logger) {
        super(watching ? besides(logger) : logger);
      }
    },
  };
});

afterAll(() => {
  const told = [...lines].filter((line) => [...secrets].some((secret) => line.includes(secret)));
  expect(told).toEqual([]);
});
