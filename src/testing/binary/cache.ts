import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { executableName } from './program.js';
import { compareVersions } from './version.js';

/** A version that the cache has by the name of its folder. */
export interface Cached {
  readonly version: string;
  readonly path: string;
}

const ENTRY = /^(\d+\.\d+\.\d+)-/;
/** Work folders carry the id of the process that fills them. */
const WORK = /^tmp-(\d+)-/;

/** The folder of downloaded servers: `ETCD_KIT_CACHE`, else where this system keeps the caches of a user. */
export function cacheFolder(): string {
  const { ETCD_KIT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (ETCD_KIT_CACHE) return ETCD_KIT_CACHE;
  if (process.platform === 'win32') {
    return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'etcd-kit', 'etcd');
  }
  if (process.platform === 'darwin')
    return join(homedir(), 'Library', 'Caches', 'etcd-kit', 'etcd');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'etcd-kit', 'etcd');
}

/** The name of a version's folder in the cache. */
export function entryName(version: string): string {
  return `${version}-${process.platform}-${process.arch}`;
}

/** The versions in a cache that are for processors of this kind, newest first. */
export async function cachedVersions(cache: string): Promise<readonly Cached[]> {
  const names = await readdir(cache).catch(() => []);
  return names
    .flatMap((name) => {
      const version = ENTRY.exec(name)?.[1];
      if (version === undefined || !name.endsWith(`-${process.arch}`)) return [];
      return [{ version, path: join(cache, name, executableName('etcd')) }];
    })
    .sort((left, right) => compareVersions(right.version, left.version));
}

/** The beginning of a work folder's name in the cache, for `mkdtemp`. */
export async function workPrefix(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  return join(cache, `tmp-${process.pid}-`);
}

/**
 * Moves a whole folder into its place in one step. Another process may have put its own there meanwhile: that
 * one is kept, and programs that run from it are not disturbed.
 */
export async function moveIntoPlace(ready: string, target: string): Promise<void> {
  try {
    await rename(ready, target);
  } catch (error) {
    const entries: readonly string[] = await readdir(target).catch(() => []);
    if (!entries.includes(executableName('etcd'))) throw error;
  }
}

/** Removes the work folders of processes that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = Number(WORK.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid)) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
