import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { EtcdNotFoundError, EtcdStartError } from '../errors.js';
import { cachedVersions, cacheFolder } from './cache.js';
import { download } from './download.js';
import { type EtcdProgram, executableName, tryProgram } from './program.js';
import { shownAddress, versionToDownload } from './release.js';
import { compareVersions, isWanted } from './version.js';

/** The part of the options that says which program is run. */
export interface ProgramOptions {
  readonly version?: string | undefined;
  readonly binary?: string | undefined;
  readonly download?: boolean | undefined;
}

/** The result of a look at one place. */
interface Look {
  /** The place and what is there, for the message. */
  readonly said: string;
  readonly found?: EtcdProgram | undefined;
  /** Somebody named a program that is not there: no other one may stand in for it. */
  readonly broken?: boolean;
}

/**
 * Finds the server program: the option `binary`, `ETCD_BIN`, the `PATH`, the cache, a download. The first place
 * that has a fitting one wins; of several in one place the newest.
 *
 * @throws EtcdNotFoundError listing all places
 * @throws EtcdStartError for a named program that is no etcd
 * @throws EtcdDownloadError for a download that fails
 */
export async function findProgram(options: ProgramOptions): Promise<EtcdProgram> {
  const { version } = options;
  const looks: Look[] = [];
  for (const look of [namedByOption, namedByEnvironment, onPath, inCache, byDownload]) {
    const result = await look(options);
    if (result.found !== undefined) return result.found;
    looks.push(result);
    if (result.broken) break;
  }
  const what = version === undefined ? 'etcd' : `etcd ${version}`;
  throw new EtcdNotFoundError(
    [
      `${what} was not found. Places searched, in this order:`,
      ...looks.map(({ said }) => `- ${said}`),
      ...(looks.at(-1)?.broken === true ? ['- later places were not searched'] : []),
      'Install etcd, name its program in ETCD_BIN or as option binary, or set download: true.',
    ].join('\n'),
  );
}

async function namedByOption({ binary, version }: ProgramOptions): Promise<Look> {
  if (binary === undefined) return { said: 'option binary: not given' };
  return amongNamed('option binary', [binary], version);
}

async function namedByEnvironment({ version }: ProgramOptions): Promise<Look> {
  const paths = listed(process.env['ETCD_BIN']);
  if (paths.length === 0) return { said: 'ETCD_BIN: not set' };
  return amongNamed('ETCD_BIN', paths, version);
}

/** Programs that somebody chose: each must be there and be an etcd. */
async function amongNamed(
  place: string,
  paths: readonly string[],
  wanted: string | undefined,
): Promise<Look> {
  const programs: EtcdProgram[] = [];
  for (const path of paths.map((path) => resolve(path))) {
    const tried = await tryProgram(path);
    if (tried.kind === 'missing') {
      return { said: `${place}: there is no program ${path}`, broken: true };
    }
    if (tried.kind === 'foreign') {
      throw new EtcdStartError(`${place}: ${path} is no etcd server: ${tried.reason}`, {
        logs: tried.output,
      });
    }
    programs.push(tried.program);
  }
  return newest(place, programs, wanted);
}

async function onPath({ version }: ProgramOptions): Promise<Look> {
  const programs: EtcdProgram[] = [];
  for (const folder of listed(process.env['PATH'])) {
    const tried = await tryProgram(join(folder, executableName('etcd')));
    if (tried.kind !== 'etcd') continue;
    if (isWanted(tried.program.version, version)) return { said: 'PATH', found: tried.program };
    programs.push(tried.program);
  }
  return programs.length === 0
    ? { said: 'PATH: there is no etcd in its folders' }
    : newest('PATH', programs, version);
}

async function inCache({ version }: ProgramOptions): Promise<Look> {
  const folder = cacheFolder();
  const programs: EtcdProgram[] = [];
  for (const { version: named, path } of await cachedVersions(folder)) {
    if (!isWanted(named, version)) {
      programs.push({ version: named, path });
      continue;
    }
    const tried = await tryProgram(path);
    if (tried.kind === 'etcd') return newest('cache', [tried.program], version);
  }
  const place = `cache ${folder}`;
  return programs.length === 0
    ? { said: `${place}: there is no etcd in it for this machine` }
    : newest(place, programs, version);
}

async function byDownload({ version, download: wished }: ProgramOptions): Promise<Look> {
  if (!(wished ?? Boolean(process.env['ETCD_DOWNLOAD_URL']))) {
    return { said: 'download: off; download: true or ETCD_DOWNLOAD_URL switches it on' };
  }
  const whole = versionToDownload(version);
  if (whole === undefined) {
    return {
      said: `download from ${shownAddress()}: the patches of etcd ${version} are not known here; ask for a whole version, such as ${version}.0`,
    };
  }
  return { said: 'download', found: await download(whole, cacheFolder()) };
}

/** The newest that fits; the message tells those that do not. */
function newest(place: string, programs: readonly EtcdProgram[], wanted: string | undefined): Look {
  const ordered = [...programs].sort((a, b) => compareVersions(b.version, a.version));
  return {
    said: `${place}: has etcd ${ordered.map(({ version }) => version).join(', ')}`,
    found: ordered.find(({ version }) => isWanted(version, wanted)),
  };
}

function listed(paths: string | undefined): readonly string[] {
  return (paths ?? '').split(delimiter).filter((path) => path !== '');
}
