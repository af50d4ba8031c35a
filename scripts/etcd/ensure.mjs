// Makes sure that real etcd servers are there for `npm start` and `npm test`.
// Plain Node without dependencies: it runs before anything is installed.

import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findDebianSource } from './apt-source.mjs';
import { findInstalled, install, versionOf } from './install.mjs';

// Each of these suites is fixed on one minor version of etcd.
const SUITES = { 3.4: 'bookworm', 3.5: 'trixie' };
// These move, so what they hold is not known beforehand, and nothing may depend on them.
const NEWEST_SUITES = ['sid', 'forky'];

const ADVICE =
  'etcd was not found: install it (`brew install etcd`, or a release archive of etcd-io/etcd unpacked anywhere, or copied out of its container image) and put `etcd` and `etcdctl` on the PATH or name the server program in ETCD_BIN.';

export function etcdCache() {
  return process.env.ETCD_KIT_CACHE || fileURLToPath(new URL('../../.cache/etcd', import.meta.url));
}

export async function findEtcd() {
  const [named, installed] = await Promise.all([fromEnvironment(), fromCache()]);
  const found = { ...installed, ...named };
  // The PATH only fills gaps: it is the one place nobody chose for this project.
  if (found['3.4'] === undefined || found['3.5'] === undefined)
    return { ...(await fromPath()), ...found };
  return found;
}

export async function ensureEtcd({
  log = () => {},
  series = ['3.4', '3.5'],
  newest = process.env.ETCD_KIT_NEWEST === '1',
} = {}) {
  const found = await findEtcd();
  const missing = series.filter((name) => found[name] === undefined);
  const wantsNewest = newest && found.newest === undefined;
  if (missing.length > 0 || wantsNewest) {
    const source =
      (await onPath('apt-get')) && (await onPath('dpkg-deb'))
        ? await findDebianSource()
        : undefined;
    if (source !== undefined) {
      for (const name of missing) found[name] = await installSeries(name, source, log);
      if (wantsNewest) found.newest = await installNewest(source, log);
    } else {
      if (newestOf(found) === undefined) throw new Error(ADVICE);
      for (const name of missing)
        log(`etcd ${name}: not on this machine; name one in ETCD_BIN to use it too`);
    }
  }
  return found;
}

export async function ensureOneEtcd({ log } = {}) {
  const named = newestOf(await fromEnvironment());
  return (
    named ??
    newestOf(
      await ensureEtcd({ log, series: newestOf(await findEtcd()) ? [] : ['3.5'], newest: false }),
    )
  );
}

async function installSeries(name, source, log) {
  const label = `etcd ${name}`;
  const started = Date.now();
  const tools = await install({ cache: etcdCache(), suite: SUITES[name], label, source, log });
  if (seriesOf(tools.version) !== name) {
    throw new Error(
      `${label}: ${SUITES[name]} now has etcd ${tools.version}; name an etcd ${name} in ETCD_BIN`,
    );
  }
  log(`${label}: ready (${tools.version}, ${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return tools;
}

async function installNewest(source, log) {
  for (const suite of NEWEST_SUITES) {
    try {
      return await install({
        cache: etcdCache(),
        suite,
        label: `newest etcd (${suite})`,
        source,
        log,
      });
    } catch (error) {
      log(`newest etcd: not from ${suite}: ${error.message}`);
    }
  }
  return undefined;
}

async function fromCache() {
  const found = {};
  for (const [name, suite] of Object.entries(SUITES)) {
    const tools = await findInstalled(etcdCache(), suite);
    if (tools !== undefined) found[name] = tools;
  }
  for (const suite of NEWEST_SUITES) {
    const tools = await findInstalled(etcdCache(), suite);
    if (tools !== undefined) found.newest ??= tools;
  }
  return found;
}

/** ETCD_BIN names one server program, or several, separated as in PATH. One that does not run is an error. */
async function fromEnvironment() {
  const found = {};
  for (const etcd of listed(process.env.ETCD_BIN).map((path) => resolve(path))) {
    const version = await versionOf(etcd).catch((error) => {
      throw new Error(`ETCD_BIN: ${error.message}`, { cause: error });
    });
    found[slotOf(version)] = await withCompanions(etcd, version);
  }
  return found;
}

async function fromPath() {
  const etcd = await onPath('etcd');
  const version = etcd && (await versionOf(etcd).catch(() => undefined));
  return version === undefined ? {} : { [slotOf(version)]: await withCompanions(etcd, version) };
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

function slotOf(version) {
  const series = seriesOf(version);
  return series in SUITES ? series : 'newest';
}

function seriesOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

/** What a newcomer should meet: the fixed releases before one that moves. */
function newestOf(found) {
  return found['3.5'] ?? found.newest ?? found['3.4'];
}

async function onPath(name) {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const found = await ensureEtcd({
      log: (line) => console.error(line),
      ...(process.argv.includes('--newest') ? { newest: true } : {}),
    });
    for (const [name, tools] of Object.entries(found)) {
      if (tools === undefined) continue;
      const paths = [tools.etcd, tools.etcdctl, tools.etcdutl].filter((path) => path !== undefined);
      console.log([`${name} (${tools.version})`, ...paths].join('\n  '));
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
