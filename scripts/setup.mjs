// What `npm start` and `npm test` need before they can do their work: the dependencies of the lock
// file and real etcd servers. Plain Node, since it runs before anything is installed.
// Run by itself, it does both and nothing else.

import { spawn } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureEtcd } from './etcd/ensure.mjs';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What a lock file says of a package.
 *
 * @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean }} Package
 */

/** What the tour needs beside the package's own dependencies; Node 20 reads no TypeScript without the first. */
const OF_TOUR = ['tsx', 'zod'];

/** A long step says that it is still alive this often. */
const HEARTBEAT_MS = 10_000;
const LOCK_POLL_MS = 500;
const INSTALL = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * One short line of progress; on stderr, so that stdout belongs to the command itself.
 *
 * @param {string} line
 */
export function log(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Prints what went wrong, without a stack: it is for whoever ran the command.
 *
 * @param {unknown} error
 */
export function logError(error) {
  log(error instanceof Error ? error.message : String(error));
}

/** Installs the dependencies if `node_modules` is not what the lock file says. */
export async function ensureDependencies() {
  await ensureInstalled(isInstalled, () => npm(INSTALL));
}

/**
 * Installs what the tour needs: a few of all dependencies, in a few seconds. What is there already is kept if it is
 * as the lock file says; if not, everything is installed. {@link ensureDependencies} brings the rest later.
 */
export async function ensureTour() {
  await ensureInstalled(hasTour, async () => {
    await ((await isEmpty()) ? installTour() : npm(INSTALL));
  });
}

/**
 * @param {() => Promise<boolean>} isThere
 * @param {() => Promise<void>} install
 */
async function ensureInstalled(isThere, install) {
  if (await isThere()) return;
  await locked(join(root, '.cache', 'setup.lock'), async () => {
    // Another process may have installed them while this one waited for its turn.
    if (await isThere()) return;
    const started = Date.now();
    const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
    log('dependencies: npm ci');
    const heartbeat = setInterval(() => log(`dependencies: npm ci, ${seconds()}`), HEARTBEAT_MS);
    try {
      await install();
    } finally {
      clearInterval(heartbeat);
    }
    log(`dependencies: ready (${seconds()})`);
  });
}

/**
 * npm installs all development dependencies or none, so some are installed in a folder of their own, with the
 * versions of the lock file, and moved.
 */
async function installTour() {
  const folder = join(root, '.cache', 'tour');
  const [{ name, version, ...manifest }, lock] = await Promise.all(
    ['package.json', 'package-lock.json'].map(async (file) =>
      JSON.parse(await readFile(join(root, file), 'utf8')),
    ),
  );
  const extra = OF_TOUR.map((wanted) => [wanted, manifest.devDependencies[wanted]]);
  const self = {
    name,
    version,
    dependencies: { ...manifest.dependencies, ...Object.fromEntries(extra) },
  };
  const packages = { ...lock.packages, '': self };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(self));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  await npm(INSTALL, folder);
  await rename(join(folder, 'node_modules'), join(root, 'node_modules'));
  await rm(folder, { recursive: true });
}

/**
 * Runs a program with Node in the project's folder, on this terminal; resolves with its exit code.
 *
 * @param {readonly string[]} args
 */
export async function runNode(args) {
  return run(process.execPath, args, { stdio: 'inherit' });
}

/**
 * npm notes what it installed in `node_modules/.package-lock.json`, and writes that note last. Equal
 * to the lock file, whoever ran npm: nothing to do. Packages for other platforms are not in it.
 */
async function isInstalled() {
  const [wanted, installed] = await Promise.all([wantedPackages(), installedPackages()]);
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && entry.optional !== true)
    .every(([path, entry]) => isSame(entry, installed[path]));
}

/** What the tour needs is there, and nothing that is there differs from the lock file. */
async function hasTour() {
  const [wanted, installed] = await Promise.all([wantedPackages(), installedPackages()]);
  const extra = OF_TOUR.map((name) => `node_modules/${name}`);
  const needed = Object.entries(wanted).filter(
    ([path, { dev, optional }]) => extra.includes(path) || !(path === '' || dev || optional),
  );
  return (
    needed.every(([path, entry]) => isSame(entry, installed[path])) &&
    Object.entries(installed).every(
      ([path, entry]) => wanted[path] === undefined || isSame(entry, wanted[path]),
    )
  );
}

async function isEmpty() {
  return access(join(root, 'node_modules')).then(
    () => false,
    () => true,
  );
}

/**
 * @param {Package} one
 * @param {Package | undefined} other
 */
function isSame({ version, integrity }, other) {
  return other?.version === version && other?.integrity === integrity;
}

function wantedPackages() {
  return packagesOf(join(root, 'package-lock.json'));
}

function installedPackages() {
  return packagesOf(join(root, 'node_modules', '.package-lock.json')).catch(
    () => /** @type {Record<string, Package>} */ ({}),
  );
}

/**
 * @param {string} lockFile
 * @returns {Promise<Record<string, Package>>}
 */
async function packagesOf(lockFile) {
  return JSON.parse(await readFile(lockFile, 'utf8')).packages;
}

/**
 * A folder is made by one process only, so it is the lock; the id in it tells a lock left behind.
 *
 * @param {string} folder
 * @param {() => Promise<void>} work
 */
async function locked(folder, work) {
  await mkdir(join(folder, '..'), { recursive: true });
  for (let told = false; !(await take(folder)); told = true) {
    if (await isAbandoned(folder)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) log('set-up: waiting for another process that is at it');
    await sleep(LOCK_POLL_MS);
  }
  try {
    await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function take(folder) {
  try {
    await mkdir(folder);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(folder, 'pid'), String(process.pid));
  return true;
}

/** @param {string} folder */
async function isAbandoned(folder) {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  if (pid === 0) {
    // Its owner is about to write the id, or died just before: look again before judging.
    await sleep(LOCK_POLL_MS);
    return (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) === '';
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} [folder]
 */
async function npm(args, folder = root) {
  const script = process.env['npm_execpath'];
  const code = script?.endsWith('.js')
    ? await run(process.execPath, [script, ...args], { cwd: folder, stdio: ['ignore', 2, 2] })
    : await run('npm', args, {
        cwd: folder,
        stdio: ['ignore', 2, 2],
        shell: process.platform === 'win32',
      });
  if (code !== 0) throw new Error(`npm ${args[0]} failed with exit code ${code}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options });
    // The terminal interrupts the child too: it ends by itself, and its exit code is told.
    const onInterrupt = () => {};
    const onTerminate = () => child.kill('SIGTERM');
    process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
    const settle = () => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, signal) => {
      settle();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureDependencies();
    await ensureEtcd({ log });
  } catch (error) {
    logError(error);
    process.exitCode = 1;
  }
}
