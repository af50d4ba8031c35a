// Downloads etcd from one suite of Debian and unpacks it into the cache, without installing anything.

import {
  access,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';

const PROGRAMS = ['etcd', 'etcdctl', 'etcdutl'];
const INFO_FILE = 'source.json';
const TEMPORARY = /^tmp-(\d+)-/;
// The last lines of a failing program tell why; apt prints far more than that.
const ERROR_LINES = 4;

/**
 * The whole installation of a suite, or of a build by Go, in the cache, if there is one. Only looks at files: no program is started.
 *
 * @param {string} cache
 * @param {string} suite
 * @returns {Promise<import('./find.mjs').EtcdTools | undefined>}
 */
export async function findInstalled(cache, suite) {
  for (const name of await readdir(cache).catch(() => [])) {
    if (!name.endsWith(`-${process.arch}`)) continue;
    const info = await readInfo(join(cache, name));
    if (info?.suite !== suite) continue;
    const tools = await toolsIn(join(cache, name), info.version);
    if (tools !== undefined) return tools;
  }
  return undefined;
}

/**
 * Downloads, unpacks and tries out the etcd of a suite, then moves it into the cache in one step, so that
 * a run that is cut short, or two runs at once, never leave a half-filled folder behind that looks whole.
 *
 * @param {{ cache: string, suite: string, label: string, source: { mirror: string, keyring: string }, log: (line: string) => void }} options
 * @returns {Promise<import('./find.mjs').EtcdTools>}
 */
export async function install({ cache, suite, label, source, log }) {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const work = await mkdtemp(join(cache, `tmp-${process.pid}-`));
  try {
    const packages = ['etcd-server', 'etcd-client'];
    const root = await unpackPackages({ work, suite, packages, label, source, log });
    const ready = join(work, 'ready');
    await mkdir(ready);
    for (const name of PROGRAMS) {
      await copyFile(join(root, 'usr', 'bin', name), join(ready, name)).catch((error) => {
        // Only newer packages have etcdutl.
        if (name !== 'etcdutl')
          throw new Error(`${label}: the package of ${suite} has no ${name}`, { cause: error });
      });
    }
    const { version } = await writeInfo(ready, suite);
    return await moveIntoPlace(ready, join(cache, `${version}-${suite}-${process.arch}`), work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Downloads packages of a suite of Debian and unpacks them below a work folder, without installing anything.
 *
 * @param {{ work: string, suite: string, packages: readonly string[], label: string, source: { mirror: string, keyring: string }, log: (line: string) => void }} options
 * @returns {Promise<string>} the folder that has the files of all packages
 */
export async function unpackPackages({ work, suite, packages, label, source, log }) {
  const apt = await isolatedApt(work, suite, source);
  log(`${label}: reading the package list of ${suite}...`);
  await step(`${label}: apt-get update for ${suite}`, 'apt-get', [...apt, 'update']);
  log(`${label}: downloading...`);
  await step(`${label}: apt-get download`, 'apt-get', [...apt, 'download', ...packages], work);
  log(`${label}: unpacking...`);
  const root = join(work, 'root');
  for (const name of await readdir(work)) {
    if (name.endsWith('.deb'))
      await step(`${label}: dpkg-deb -x ${name}`, 'dpkg-deb', ['-x', join(work, name), root]);
  }
  return root;
}

/**
 * Notes beside the programs where they come from and what version they are; tries the server out.
 *
 * @param {string} folder
 * @param {string} suite
 */
export async function writeInfo(folder, suite) {
  const version = await versionOf(join(folder, 'etcd'));
  await writeFile(join(folder, INFO_FILE), `${JSON.stringify({ suite, version })}\n`);
  return { version };
}

/**
 * The version an etcd program reports, such as `3.5.16`.
 *
 * @param {string} etcd path of the program
 * @returns {Promise<string>}
 */
export async function versionOf(etcd) {
  const { stdout, stderr } = await run(etcd, ['--version']).catch((error) => ({
    stdout: '',
    stderr: String(error),
  }));
  const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined)
    throw new Error(
      `${etcd} is not an etcd server that runs on this machine: ${lastLines(stderr || stdout)}`,
    );
  return version;
}

/**
 * The arguments that point apt-get at a source list, lists and cache of our own, and leave the system's alone.
 *
 * @param {string} work
 * @param {string} suite
 * @param {{ mirror: string, keyring: string }} source
 */
async function isolatedApt(work, suite, { mirror, keyring }) {
  const list = join(work, 'sources.list');
  await writeFile(list, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const settings = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(work, 'lists')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${join(work, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'APT::Update::Error-Mode=any',
  ];
  // As root, apt would hand the download to a user who may not write here.
  if (process.getuid?.() === 0) settings.push('APT::Sandbox::User=root');
  return ['-q', ...settings.flatMap((setting) => ['-o', setting])];
}

/**
 * @param {string} what
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function step(what, program, args, cwd) {
  const { code, stdout, stderr } = await run(program, args, {
    cwd,
    env: { ...process.env, LC_ALL: 'C' },
  }).catch((error) => {
    throw new Error(`${what} failed: ${error.message}`, { cause: error });
  });
  if (code !== 0)
    throw new Error(`${what} failed with exit code ${code}: ${lastLines(stderr || stdout)}`);
}

/** @param {string} text */
export function lastLines(text) {
  return text.trim().split('\n').slice(-ERROR_LINES).join(' | ');
}

/**
 * Moves a finished folder of programs into the cache. A whole one that is there already is taken instead.
 *
 * @param {string} ready
 * @param {string} target
 * @param {string} work
 * @returns {Promise<import('./find.mjs').EtcdTools>}
 */
export async function moveIntoPlace(ready, target, work) {
  // Twice: a broken folder in the way is moved aside once, and another run may put a whole one there meanwhile.
  for (let attempt = 0; ; attempt++) {
    const failure = await rename(ready, target).then(
      () => undefined,
      (error) => error,
    );
    const info = await readInfo(target);
    const tools = info && (await toolsIn(target, info.version));
    if (tools !== undefined) return tools;
    if (attempt === 2) throw new Error(`${target} cannot be put in place`, { cause: failure });
    await rename(target, join(work, `broken-${attempt}`)).catch(() => {});
  }
}

/**
 * @param {string} folder
 * @returns {Promise<{ suite: string, version: string } | undefined>}
 */
async function readInfo(folder) {
  try {
    return JSON.parse(await readFile(join(folder, INFO_FILE), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} folder
 * @param {string} version
 */
async function toolsIn(folder, version) {
  const [etcd, etcdctl, etcdutl] = await Promise.all(
    PROGRAMS.map((name) => executable(join(folder, name))),
  );
  if (etcd === undefined || etcdctl === undefined) return undefined;
  return { version, etcd, etcdctl, etcdutl };
}

/** @param {string} path */
async function executable(path) {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

/**
 * Removes the work folders of runs that were killed: their name carries the process id.
 *
 * @param {string} cache
 */
async function removeAbandoned(cache) {
  for (const name of await readdir(cache)) {
    const pid = Number(TEMPORARY.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

/**
 * Returns whether a process of this id runs.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
