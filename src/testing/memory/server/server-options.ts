import { described, invalidArgument, showWord } from '../../../errors/index.js';

/** Options of a server in memory, read from the flags that etcd has for them. */
export interface ServerOptions {
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly quotaBytes: number;
  readonly tokenTtlMs: number;
  readonly progressIntervalMs: number;
}

const MEBIBYTE = 2 ** 20;

/** etcd's own. */
const DEFAULTS: ServerOptions = {
  maxTxnOps: 128,
  maxRequestBytes: 1.5 * MEBIBYTE,
  quotaBytes: 2_048 * MEBIBYTE,
  tokenTtlMs: 300_000,
  progressIntervalMs: 600_000,
};

type FlagReader = (value: string) => Partial<ServerOptions> | undefined;

const integer = (setting: keyof ServerOptions, scale = 1): FlagReader => {
  return (value) => (/^\d+$/.test(value) ? { [setting]: Number(value) * scale } : undefined);
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const duration = (setting: keyof ServerOptions): FlagReader => {
  return (value) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    return { [setting]: Number(amount) * (UNITS[unit] ?? 1) };
  };
};

const FLAGS: Readonly<Record<string, FlagReader>> = {
  'max-txn-ops': integer('maxTxnOps'),
  'max-request-bytes': integer('maxRequestBytes'),
  // A server takes 0 for its default.
  'quota-backend-bytes': (value) => (value === '0' ? {} : integer('quotaBytes')(value)),
  'auth-token-ttl': integer('tokenTtlMs', 1_000),
  'watch-progress-notify-interval': duration('progressIntervalMs'),
  'experimental-watch-progress-notify-interval': duration('progressIntervalMs'),
};

/**
 * Reads flags as a server takes them: `--name value` in two parts, or `--name=value` in one.
 *
 * @throws InvalidArgumentError for a flag that has no meaning in memory, and for a value that cannot be read
 */
export function readFlags(flags: readonly string[]): ServerOptions {
  let settings = DEFAULTS;
  const parts = flags.flatMap(splitFlag);
  for (let index = 0; index < parts.length; index += 2) {
    const flag = parts[index] ?? '';
    const name = flag.replace(/^--?/, '');
    const read = FLAGS[name];
    if (read === undefined || name === flag) {
      const known = Object.keys(FLAGS).map((each) => `--${each}`);
      throw invalidArgument('flags', showWord(flag), `in memory there are ${known.join(', ')}`);
    }
    const value = parts[index + 1];
    const setting = value === undefined ? undefined : read(value);
    if (setting === undefined) {
      const shown = value === undefined ? described(`${flag} without a value`) : showWord(value);
      throw invalidArgument('flags', shown, `${flag} needs a value as a server takes it`);
    }
    settings = { ...settings, ...setting };
  }
  return settings;
}

function splitFlag(flag: string): string[] {
  const equals = flag.indexOf('=');
  if (!flag.startsWith('-') || equals < 0) return [flag];
  return [flag.slice(0, equals), flag.slice(equals + 1)];
}
