// Finds the etcd servers that are on this machine. Downloads and builds nothing.

import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findInstalled, versionOf } from './install.mjs';

/** The minor versions that the project is tested on, oldest first, and where set-up gets each. */
export const SERIES = {
  3.4: { suite: 'bookworm' },
  3.5: { suite: 'trixie' },
  3.6: { goModule: '3.6' },
  3.7: { goModule: '3.7' },
};

export function etcdCache() {
  return process.env.ETCD_KIT_CACHE || fileURLToPath(new URL('../../.cache/etcd', import.meta.url));
}

export async function findEtcd() {
  const [named, cached] = await Promise.all([fromEnvironment(), fromCache()]);
  const found = { ...cached, ...named };
  // The PATH only fills gaps: it is the one place nobody chose for this project.
  const complete = Object.keys(SERIES).every((series) => found[series] !== undefined);
  return complete ? found : { ...(await fromPath()), ...found };
}

/** The newest of what was found; `undefined` where nothing was. */
export function newestOf(found) {
  return Object.values(found).sort((a, b) => compareVersions(b.version, a.version))[0];
}

/** Orders versions such as `3.10.2` by their numbers. */
export function compareVersions(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}

export function seriesOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * ETCD_BIN names one server program, or several, separated as in PATH. One that does not run is an error.
 * Each is a series of its own: a second one of the same minor version goes by its whole version.
 */
export async function fromEnvironment() {
  const found = {};
  for (const etcd of listed(process.env.ETCD_BIN).map((path) => resolve(path))) {
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

async function fromCache() {
  const found = {};
  for (const [series, { suite, goModule }] of Object.entries(SERIES)) {
    const tools = await findInstalled(etcdCache(), suite ?? `go-${goModule}`);
    if (tools !== undefined) found[series] = tools;
  }
  return found;
}

async function fromPath() {
  const etcd = await onPath('etcd');
  const version = etcd && (await versionOf(etcd).catch(() => undefined));
  return version === undefined ? {} : { [seriesOf(version)]: await withCompanions(etcd, version) };
}

async function withCompanions(etcd, version) {
  const companion = async (name) =>
    (await executable(join(dirname(etcd), name))) ?? (await onPath(name));
  return {
    version,
    etcd,
    etcdctl: await companion('etcdctl'),
    etcdutl: await companion('etcdutl'),
  };
}

export async function onPath(name) {
  for (const folder of listed(process.env.PATH)) {
    const path = await executable(join(folder, name));
    if (path !== undefined) return path;
  }
  return undefined;
}

function listed(paths) {
  return (paths ?? '').split(delimiter).filter((path) => path !== '');
}

async function executable(path) {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}
