// Finds the etcd servers that are on this machine. Downloads and builds nothing.

import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findInstalled, versionOf } from './install.mjs';

/**
 * The programs of one etcd version, as absolute paths.
 *
 * @typedef {object} EtcdTools
 * @property {string} version as the server reports it, such as `3.5.16`
 * @property {string} etcd
 * @property {string | undefined} etcdctl missing only where a server named in ETCD_BIN or on the PATH has none beside it
 * @property {string | undefined} etcdutl packages before 3.5 have none
 * @property {true} [named] the user asked for this one, in ETCD_BIN
 */

/**
 * Servers by series: the minor version (`3.6`), or the whole one for a second server of a minor version.
 *
 * @typedef {Record<string, EtcdTools>} EtcdVersions
 */

/**
 * The minor versions that the project is tested on, oldest first, and where set-up gets each.
 *
 * @type {Record<string, { suite?: string, goModule?: string }>}
 */
export const SERIES = {
  3.4: { suite: 'bookworm' },
  3.5: { suite: 'trixie' },
  3.6: { goModule: '3.6' },
  3.7: { goModule: '3.7' },
};

/**
 * The folder of servers: ETCD_KIT_CACHE, else `.cache/etcd` of the project.
 *
 * @returns {string}
 */
export function etcdCache() {
  return (
    process.env['ETCD_KIT_CACHE'] || fileURLToPath(new URL('../../.cache/etcd', import.meta.url))
  );
}

/**
 * Finds what is on this machine already: ETCD_BIN first (an explicit choice), then the cache; the PATH fills gaps.
 * Rejects if ETCD_BIN names a program that does not run.
 *
 * @returns {Promise<EtcdVersions>}
 */
export async function findEtcd() {
  const [named, cached] = await Promise.all([fromEnvironment(), fromCache()]);
  const found = { ...cached, ...named };
  // The PATH only fills gaps: it is the one place nobody chose for this project.
  const complete = Object.keys(SERIES).every((series) => found[series] !== undefined);
  return complete ? found : { ...(await fromPath()), ...found };
}

/**
 * The newest of what was found; `undefined` where nothing was.
 *
 * @param {EtcdVersions} found
 * @returns {EtcdTools | undefined}
 */
export function newestOf(found) {
  return Object.values(found).sort((a, b) => compareVersions(b.version, a.version))[0];
}

/**
 * Orders versions such as `3.10.2` by their numbers.
 *
 * @param {string} left
 * @param {string} right
 */
export function compareVersions(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}

/** @param {string} version */
export function seriesOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * ETCD_BIN names one server program, or several, separated as in PATH. One that does not run is an error.
 * Each is a series of its own: a second one of the same minor version goes by its whole version.
 *
 * @returns {Promise<EtcdVersions>}
 */
export async function fromEnvironment() {
  /** @type {EtcdVersions} */
  const found = {};
  for (const etcd of listed(process.env['ETCD_BIN']).map((path) => resolve(path))) {
    const version = await versionOf(etcd).catch((error) => {
      throw new Error(`ETCD_BIN: ${error.message}`, { cause: error });
    });
    const series = seriesOf(version);
    found[found[series] === undefined ? series : version] = {
      ...(await withCompanions(etcd, version)),
      named: true,
    };
  }
  return found;
}

/** @returns {Promise<EtcdVersions>} */
async function fromCache() {
  /** @type {EtcdVersions} */
  const found = {};
  for (const [series, { suite, goModule }] of Object.entries(SERIES)) {
    const tools = await findInstalled(etcdCache(), suite ?? `go-${goModule}`);
    if (tools !== undefined) found[series] = tools;
  }
  return found;
}

/** @returns {Promise<EtcdVersions>} */
async function fromPath() {
  const etcd = await onPath('etcd');
  if (etcd === undefined) return {};
  const version = await versionOf(etcd).catch(() => undefined);
  return version === undefined ? {} : { [seriesOf(version)]: await withCompanions(etcd, version) };
}

/**
 * @param {string} etcd
 * @param {string} version
 * @returns {Promise<EtcdTools>}
 */
async function withCompanions(etcd, version) {
  /** @param {string} name */
  const companion = async (name) =>
    (await executable(join(dirname(etcd), name))) ?? (await onPath(name));
  return {
    version,
    etcd,
    etcdctl: await companion('etcdctl'),
    etcdutl: await companion('etcdutl'),
  };
}

/**
 * The path of a program that the PATH names.
 *
 * @param {string} name
 */
export async function onPath(name) {
  for (const folder of listed(process.env['PATH'])) {
    const path = await executable(join(folder, name));
    if (path !== undefined) return path;
  }
  return undefined;
}

/** @param {string | undefined} paths */
function listed(paths) {
  return (paths ?? '').split(delimiter).filter((path) => path !== '');
}

/** @param {string} path */
async function executable(path) {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}
