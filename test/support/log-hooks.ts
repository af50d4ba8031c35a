import { vi } from 'vitest';
import type { LogFields, Logger } from '../../src/index.js';
import type { TxnRequestInput } from '../../src/rpc/generated/types.js';
import { auth, election, kv } from '../../src/rpc/services.js';
import { MetadataFactory } from '../../src/transport/channel/metadata.js';
import { SecretSearch } from './secret-search.js';

/**
 * Gives every client of a process a logger of all levels, beside its own, and looks in each line for a
 * secret: a password or a token that a client has sent, a header of the user, or a value that was put,
 * compared or proclaimed, in nested transactions, too.
 *
 * What it does not see:
 *
 * - values under six characters: most tests put values such as `1`, which are in many a line by chance;
 * - values that others have put, and the client has only read;
 * - what programs print that a test starts as processes: their clients are not in this one;
 * - files that call {@link leaveLogsAlone}.
 */

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** What is watched in this file. */
interface Watch {
  search: SecretSearch;
  watching: boolean;
}

const WATCH = Symbol.for('etcd-kit.log-watch');
const shared = globalThis as { [WATCH]?: Watch };

/** One for the process: a test that calls `vi.resetModules()` has this module, and the clients, once more. */
shared[WATCH] ??= { search: new SecretSearch(), watching: true };
const watch = shared[WATCH];

/** Begins with a new file: neither lines nor secrets are kept of the one before. */
export function lookAnew(): void {
  watch.search = new SecretSearch();
  watch.watching = true;
  watchClients();
}

/** Returns the lines of this file that hold a secret. */
export function secretsInLogs(): readonly string[] {
  return watch.search.found();
}

/** Leaves the clients of this file alone: a logger with `debug` has each request traced. */
export function leaveLogsAlone(): void {
  watch.watching = false;
}

/** Lines so far, each once, with their texts and without their numbers. */
export function watchedLines(): readonly string[] {
  return watch.search.lines;
}

/** Returns whether lines are searched for a text. */
export function isWatchedFor(text: string): boolean {
  return watch.search.looksFor(text);
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

function keepValuesOf({ compare = [], success = [], failure = [] }: TxnRequestInput): void {
  for (const { value } of compare) watch.search.keepValue(value);
  for (const { requestPut, requestTxn } of [...success, ...failure]) {
    watch.search.keepValue(requestPut?.value);
    if (requestTxn !== undefined) keepValuesOf(requestTxn);
  }
}

onRequest(auth.authenticate, ({ password }) => watch.search.keepSecret(password));
onRequest(auth.userAdd, ({ password }) => watch.search.keepSecret(password));
onRequest(auth.userChangePassword, ({ password }) => watch.search.keepSecret(password));
onRequest(kv.put, ({ value }) => watch.search.keepValue(value));
onRequest(kv.txn, keepValuesOf);
onRequest(election.campaign, ({ value }) => watch.search.keepValue(value));
onRequest(election.proclaim, ({ value }) => watch.search.keepValue(value));

const { make } = MetadataFactory.prototype;
MetadataFactory.prototype.make = function (token, requireLeader, metadata) {
  watch.search.keepSecret(token);
  for (const value of Object.values(metadata ?? {})) watch.search.keepSecret(value);
  return make.call(this, token, requireLeader, metadata);
};

/**
 * Makes a logger that hands each line to the watch first, and then to the user's own. The lines of a client belong to
 * the file that made it: one that lives longer says nothing of the secrets of the next file.
 */
function besides(own: Logger | undefined): Logger {
  const ofThisFile = watch.search;
  const write = (level: (typeof LEVELS)[number]) => (message: string, fields: LogFields) => {
    ofThisFile.note(message, fields);
    return own?.[level]?.(message, fields);
  };
  return Object.fromEntries(LEVELS.map((level) => [level, write(level)]));
}

/** Has this file's clients report to the watch: a runner forgets after each file what stands in for a module. */
function watchClients(): void {
  vi.doMock('../../src/diagnostics/report.js', async (original) => {
    const actual = await original<typeof import('../../src/diagnostics/report.js')>();
    return {
      ...actual,
      Report: class extends actual.Report {
        constructor(logger?: Logger) {
          super(watch.watching ? besides(logger) : logger);
        }
      },
    };
  });
}
