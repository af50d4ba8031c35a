import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  checkBoolean,
  checkKnownOptions,
  invalidArgument,
  type OptionNames,
  showWord,
} from '../../errors/index.js';
import type { Uninferred } from '../../internal/uninferred.js';
import { findProgram } from '../binary/find-program.js';
import { checkVersion } from '../binary/version.js';
import { EtcdStartError } from '../errors.js';
import { EtcdServer } from './etcd-server.js';
import { checkFlags, flagValue } from './flags.js';
import { freePorts } from './free-ports.js';
import { createServerProcess, type ServerContext, type ServerProcess } from './server-process.js';
import { isPortTaken } from './start-failure.js';
import { checkServerTls, type ServerTlsOptions } from './tls.js';

/** Options of a server. None is needed. */
export interface StartEtcdOptions {
  /** A minor version (`3.6`) or a whole one (`3.6.16`). Default: the newest in the first place that has one. */
  readonly version?: string | undefined;
  /** The path of the server program. Default: `ETCD_BIN`, the `PATH`, the cache, a download. */
  readonly binary?: string | undefined;
  /** Flags of the server, such as `['--max-txn-ops', '16']`. They win over ours. */
  readonly flags?: readonly string[] | undefined;
  /** TLS towards clients. Default: none. */
  readonly tls?: ServerTlsOptions | undefined;
  /** The folder of the data: kept when the server ends, and used again by the next. Default: a temporary one. */
  readonly dataFolder?: string | undefined;
  /** Downloads a server where there is none. Default: `true` if `ETCD_DOWNLOAD_URL` is set. */
  readonly download?: boolean | undefined;
}

const NAMES: OptionNames<StartEtcdOptions> = {
  version: true,
  binary: true,
  flags: true,
  tls: true,
  dataFolder: true,
  download: true,
};
const HINTS = {
  port: "ports are picked free; a fixed one: flags: ['--listen-client-urls', 'http://127.0.0.1:2379']",
};
// A port seen as free can be taken before the server binds it; losing that race so often is another fault.
export const PORT_ATTEMPTS = 5;

/**
 * Starts a real etcd on free loopback ports and resolves when it serves. Elections are quick, and data is not
 * flushed to the disk (from 3.5): it is a server for tests.
 *
 * @throws InvalidArgumentError (a `TypeError`) for a wrong option; nothing is started then
 * @throws EtcdNotFoundError when no program of the version is found, naming all places
 * @throws EtcdDownloadError when a download fails
 * @throws EtcdStartError with the log: a port or data folder in use, a wrong flag, a program that is no etcd
 *
 * @example
 * await using server = await startEtcd({ version: '3.6' });
 * const etcd = server.client({ namespace: 'app/' });
 */
export async function startEtcd(options: StartEtcdOptions = {}): Promise<EtcdServer> {
  checkStartOptions(options, NAMES);
  const { dataFolder, flags } = options;
  const tls = checkServerTls(options.tls);
  const program = await findProgram(options);
  if (dataFolder !== undefined) await makeDataFolder(dataFolder);
  return new EtcdServer(
    await startProcess({
      ...{ program, tls, flags },
      dataFolder: dataFolder === undefined ? undefined : resolve(dataFolder),
    }),
  );
}

/** Starts a server on free ports, again if another program takes one of them first. */
export async function startProcess(
  context: Omit<ServerContext, 'clientPort' | 'peerPort'> & {
    readonly clientPort?: number | undefined;
  },
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const [free = 0, peerPort = 0] = await freePorts(2);
    const clientPort = context.clientPort ?? free;
    const server = await createServerProcess({ ...context, clientPort, peerPort });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      if (attempt === PORT_ATTEMPTS || !lostRace(error, context.flags)) throw error;
    }
  }
}

/** Checks what a server and a cluster have in common. */
export function checkStartOptions<
  Options extends Pick<
    StartEtcdOptions,
    'version' | 'binary' | 'flags' | 'download' | 'dataFolder'
  >,
>(options: Options, names: OptionNames<Uninferred<Options>>): void {
  if (options === null) throw invalidArgument('options', options, 'an object');
  checkKnownOptions('options', options, names, HINTS);
  checkVersion('version', options.version);
  checkPath('binary', options.binary, 'the path of a server program');
  checkPath('dataFolder', options.dataFolder, 'the path of a folder');
  checkFlags(options.flags);
  checkBoolean('download', options.download);
}

/** Returns whether a server lost a port that we had picked, and not one that its flags name. */
export function lostRace(error: unknown, flags: readonly string[] = []): boolean {
  const fixed = ['listen-client-urls', 'listen-peer-urls', 'listen-metrics-urls'];
  return (
    error instanceof EtcdStartError &&
    isPortTaken(error.logs) &&
    fixed.every((name) => flagValue(flags, name) === undefined)
  );
}

function checkPath(name: string, value: unknown, allowed: string): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw invalidArgument(name, showWord(value), allowed);
}

async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new EtcdStartError(`the data folder ${path} cannot be made: ${String(error)}`, {
      logs: '',
      cause: error,
    });
  }
}
