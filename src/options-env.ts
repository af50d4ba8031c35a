import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { described, hide, invalidArgument, showWord } from './errors/index.js';
import type { EtcdClientOptions } from './options.js';
import { isHeaderText } from './transport/channel/metadata.js';
import type { TlsOptions } from './transport/channel/tls-options.js';
import type { AuthOptions } from './transport/connection/auth-token.js';

/** The variables of a process, or others in their place. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The endpoint that etcdctl uses by default. */
const DEFAULT_ENDPOINT = '127.0.0.1:2379';

/** The variables that name PEM files, by the option they are for. */
const FILES = {
  ca: 'ETCDCTL_CACERT',
  cert: 'ETCDCTL_CERT',
  key: 'ETCDCTL_KEY',
} as const;

/** A token that was had elsewhere: etcdctl has it since 3.6. */
const TOKEN = 'ETCDCTL_AUTH_JWT_TOKEN';

/** A path of one line that begins with a folder, or ends with the kind of the file. */
const IS_PATH = /^(?:(?:\.{0,2}|~|[a-z]:)[\\/].*|[^-].*\.[a-z]{2,4})$/i;

type FileOption = keyof typeof FILES;
type Paths = Partial<Record<FileOption, string>>;

/**
 * The options of a client from the variables of `etcdctl`: see `EtcdClient.optionsFromEnv`. An empty
 * variable is as good as none.
 *
 * @throws InvalidArgumentError naming the variable
 */
export function optionsFromEnv(env: Environment): EtcdClientOptions {
  const endpoints = endpointsOf(env);
  const auth = authOf(env);
  const paths = pathsOf(env);
  return {
    endpoints,
    ...(auth === undefined ? {} : { auth }),
    ...(paths === undefined ? {} : { tls: () => readPems(paths) }),
  };
}

function endpointsOf(env: Environment): readonly string[] {
  const given = variable(env, 'ETCDCTL_ENDPOINTS') ?? DEFAULT_ENDPOINT;
  const endpoints = given.split(',').map((endpoint) => endpoint.trim());
  if (!endpoints.includes('')) return endpoints;
  throw invalidArgument(
    'ETCDCTL_ENDPOINTS',
    described('an empty entry'),
    'endpoints with commas between them',
  );
}

/** A token, or a login. With a password of its own the user's name is all of `ETCDCTL_USER`, colons too. */
function authOf(env: Environment): AuthOptions | undefined {
  const user = variable(env, 'ETCDCTL_USER');
  const password = variable(env, 'ETCDCTL_PASSWORD');
  const token = variable(env, TOKEN);
  if (token !== undefined) {
    if (user !== undefined || password !== undefined) {
      throw invalidArgument(TOKEN, hide(token), 'either a token, or ETCDCTL_USER: unset the other');
    }
    if (isHeaderText(token)) return { token };
    throw invalidArgument(TOKEN, hide(token), 'a token of printable ASCII');
  }
  if (user === undefined) {
    if (password === undefined) return undefined;
    throw invalidArgument('ETCDCTL_USER', undefined, 'ETCDCTL_PASSWORD needs the name of a user');
  }
  if (password !== undefined) return { username: user, password };
  const colon = user.indexOf(':');
  if (colon > 0) return { username: user.slice(0, colon), password: user.slice(colon + 1) };
  const got = described(colon === 0 ? 'no name before a colon' : 'no colon');
  throw invalidArgument('ETCDCTL_USER', got, 'name:password, or ETCDCTL_PASSWORD as well');
}

/** The files are read once here, so that a wrong path is known now, and again for each connection. */
function pathsOf(env: Environment): Paths | undefined {
  const paths: Paths = {};
  for (const [option, name] of entries(FILES)) {
    const path = variable(env, name);
    if (path !== undefined) paths[option] = path;
  }
  if (paths.cert !== undefined && paths.key === undefined) {
    throw invalidArgument(
      FILES.cert,
      described('the path of a file'),
      `a certificate needs its key: ${FILES.key}`,
    );
  }
  if (paths.key !== undefined && paths.cert === undefined) {
    throw invalidArgument(
      FILES.key,
      described('the path of a file'),
      `a key needs its certificate: ${FILES.cert}`,
    );
  }
  for (const [option, path] of entries(paths)) {
    try {
      readFileSync(path);
    } catch (cause) {
      throw unreadable(option, path, cause);
    }
  }
  return entries(paths).length === 0 ? undefined : paths;
}

async function readPems(paths: Paths): Promise<TlsOptions> {
  const pems = entries(paths).map(async ([option, path]) => {
    try {
      return [option, await readFile(path, 'utf8')] as const;
    } catch (cause) {
      throw unreadable(option, path, cause);
    }
  });
  return Object.fromEntries(await Promise.all(pems));
}

/**
 * Makes the error for a file that cannot be read. The path may be PEM by mistake. So the path, and the error
 * that quotes it, are shown only if it looks like a path.
 */
function unreadable(option: FileOption, path: string, cause: unknown): Error {
  if (!IS_PATH.test(path)) {
    const got = described('a text that is no path');
    return invalidArgument(FILES[option], got, `the path of a PEM file; PEM is for tls.${option}`);
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return invalidArgument(FILES[option], showWord(path), `the file cannot be read: ${reason}`, {
    cause,
  });
}

function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

function entries<Key extends string, Value>(
  record: Readonly<Partial<Record<Key, Value>>>,
): readonly [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
