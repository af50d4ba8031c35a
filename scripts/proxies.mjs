// Finds the proxies that tests put in front of etcd, and fetches them from Debian into the cache, without
// installing them: no service is started. They are optional: tests of one that is missing skip and say so.

import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { findDebianSource } from './etcd/apt-source.mjs';
import { etcdCache, onPath } from './etcd/find.mjs';
import { unpackPackages } from './etcd/install.mjs';

/**
 * A proxy of this machine: its program, and what its environment needs.
 *
 * @typedef {object} ProxyProgram
 * @property {string} path
 * @property {Readonly<Record<string, string>>} env
 */

/** @typedef {(line: string) => void} Log */

const SUITE = 'bookworm';
const PROGRAMS = ['haproxy', 'nginx'];
/** With the library that a small machine lacks. */
const PACKAGES = [...PROGRAMS, 'liblua5.3-0'];

/**
 * Finds `haproxy` or `nginx`; `undefined` where set-up could not get it.
 *
 * @param {string} name
 * @returns {Promise<ProxyProgram | undefined>}
 */
export async function findProxy(name) {
  // Debian puts them where the PATH of ordinary users does not look.
  const installed = (await onPath(name)) ?? (await existing(join('/usr/sbin', name)));
  if (installed !== undefined) return { path: installed, env: {} };
  const path = await existing(join(fetched(), 'usr', 'sbin', name));
  return path === undefined ? undefined : { path, env: { LD_LIBRARY_PATH: await libraries() } };
}

/**
 * Fetches what is missing, where this is a Debian; a failure is told, and is none of the caller's.
 *
 * @param {{ log?: Log }} [options]
 */
export async function ensureProxies({ log = () => {} } = {}) {
  const found = await Promise.all(PROGRAMS.map(findProxy));
  if (found.every((program) => program !== undefined)) return;
  const source =
    (await onPath('apt-get')) && (await onPath('dpkg-deb')) ? await findDebianSource() : undefined;
  if (source === undefined) return;
  await fetchProxies(source, log).catch((error) => log(error.message));
}

/**
 * @param {{ mirror: string, keyring: string }} source
 * @param {Log} log
 */
async function fetchProxies(source, log) {
  const label = PROGRAMS.join(' and ');
  const started = Date.now();
  await mkdir(etcdCache(), { recursive: true });
  const work = await mkdtemp(join(etcdCache(), `tmp-${process.pid}-`));
  try {
    const options = { work, suite: SUITE, packages: PACKAGES, label, source, log };
    await rename(await unpackPackages(options), fetched());
    log(`${label}: ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function fetched() {
  return join(etcdCache(), `proxies-${SUITE}-${process.arch}`);
}

/** The folder of libraries has the name of the platform. */
async function libraries() {
  const folder = join(fetched(), 'usr', 'lib');
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name)).join(':');
}

/**
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
function existing(path) {
  return access(path).then(
    () => path,
    () => undefined,
  );
}
