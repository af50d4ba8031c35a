// Builds etcd from its Go modules into the cache. go.mod and go.sum of each version stand in go/<series>/.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findGo, goBuild } from './go.mjs';
import { isAlive, moveIntoPlace, writeInfo } from './install.mjs';

/** The main packages, by the name of the program. */
const PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
  etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
};
const POLL_MS = 500;

/**
 * Builds these series, one after the other. Where there is no Go, or a build fails, it says so and goes on:
 * tests of that series skip then.
 *
 * @param {{ cache: string, series: readonly string[], log: (line: string) => void }} options
 * @returns {Promise<void>}
 */
export async function buildWithGo({ cache, series, log }) {
  const go = await findGo();
  if (go === undefined) {
    for (const name of series) log(`etcd ${name}: not built, since there is no Go on this machine`);
    return;
  }
  await mkdir(cache, { recursive: true });
  if (!(await markBuild(cache))) return buildEnd(cache);
  try {
    for (const name of series) {
      const started = Date.now();
      log(`etcd ${name}: building with Go`);
      await build(go, cache, name).then(
        (version) => {
          const seconds = Math.round((Date.now() - started) / 1000);
          log(`etcd ${name}: ready (${version}, built in ${seconds} s)`);
        },
        (error) => log(`etcd ${name}: not built: ${error.message}`),
      );
    }
  } finally {
    await rm(markOf(cache), { force: true });
  }
}

/**
 * Resolves when no process builds into this cache any more.
 *
 * @param {string} cache
 */
export async function buildEnd(cache) {
  while (await isBuilding(cache)) await sleep(POLL_MS);
}

/**
 * @param {string} go
 * @param {string} cache
 * @param {string} series
 */
async function build(go, cache, series) {
  const work = await mkdtemp(join(cache, `tmp-${process.pid}-`));
  try {
    const module = fileURLToPath(new URL(`./go/${series}`, import.meta.url));
    const ready = join(work, 'ready');
    await mkdir(ready);
    for (const [program, main] of Object.entries(PROGRAMS)) {
      await goBuild(go, { module, main, output: join(ready, program) });
    }
    const { version } = await writeInfo(ready, `go-${series}`);
    await moveIntoPlace(ready, join(cache, `${version}-go-${series}-${process.arch}`), work);
    return version;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {string} cache */
function markOf(cache) {
  return join(cache, 'building.pid');
}

/**
 * Says that this process builds; answers whether none other does.
 *
 * @param {string} cache
 * @returns {Promise<boolean>}
 */
async function markBuild(cache) {
  try {
    await writeFile(markOf(cache), String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  if (await isBuilding(cache)) return false;
  // It was left behind by a process that was killed.
  await rm(markOf(cache), { force: true });
  return markBuild(cache);
}

/** @param {string} cache */
async function isBuilding(cache) {
  const pid = Number(await readFile(markOf(cache), 'utf8').catch(() => ''));
  return pid > 0 && isAlive(pid);
}
