// Makes sure that real etcd servers are there for `npm start` and `npm test`.
// Plain Node without dependencies: it runs before anything is installed.

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findDebianSource } from './apt-source.mjs';
import {
  etcdCache,
  findEtcd,
  fromEnvironment,
  newestOf,
  onPath,
  SERIES,
  seriesOf,
} from './find.mjs';
import { buildWithGo } from './go-build.mjs';
import { install } from './install.mjs';

/** @import { EtcdTools, EtcdVersions } from './find.mjs' */

/**
 * @typedef {object} EnsureOptions
 * @property {((line: string) => void) | undefined} [log] is told of each long step, one line at a time
 * @property {readonly string[] | undefined} [series] the series to fetch; by default those that a release of Debian has
 */

/** The release of Debian whose etcd `npm start` takes where no server is there yet. */
const QUICKEST = '3.5';

const ADVICE =
  'etcd was not found: install it (`brew install etcd`, or a release archive of etcd-io/etcd unpacked anywhere, or copied out of its container image) and put `etcd` and `etcdctl` on the PATH or name the server program in ETCD_BIN.';

/**
 * Finds the servers as `findEtcd` does. On a Debian machine it downloads what is missing into the cache; elsewhere it
 * is content with what there is. Rejects if a step of the download fails (its name is in the message), or if there
 * is no etcd at all (with a sentence that says how to get one).
 *
 * @param {EnsureOptions} [options]
 * @returns {Promise<EtcdVersions>}
 *
 * @example
 * const { '3.5': tools } = await ensureEtcd({ log: console.error });
 */
export async function ensureEtcd({ log = () => {}, series = debianSeries() } = {}) {
  const found = await findEtcd();
  const missing = series.filter((name) => found[name] === undefined);
  if (missing.length === 0) return found;
  const source =
    (await onPath('apt-get')) && (await onPath('dpkg-deb')) ? await findDebianSource() : undefined;
  if (source === undefined) {
    if (newestOf(found) === undefined) throw new Error(ADVICE);
    for (const name of missing)
      log(`etcd ${name}: not on this machine; name one in ETCD_BIN to use it too`);
    return found;
  }
  for (const name of missing) found[name] = await installSeries(name, source, log);
  return found;
}

/**
 * Finds one etcd to show things on: the newest in ETCD_BIN, else the newest that is there, else the one that is
 * fetched fastest. Builds nothing. Rejects as {@link ensureEtcd} does.
 *
 * @param {Pick<EnsureOptions, 'log'>} [options]
 * @returns {Promise<EtcdTools>}
 */
export async function ensureOneEtcd({ log } = {}) {
  const found =
    newestOf(await fromEnvironment()) ??
    newestOf(await findEtcd()) ??
    newestOf(await ensureEtcd({ log, series: [QUICKEST] }));
  if (found === undefined) throw new Error(ADVICE);
  return found;
}

/**
 * Builds the newer servers that are missing, from Go modules. Says why one cannot be built, and does not reject for it.
 *
 * @param {Pick<EnsureOptions, 'log'>} [options]
 */
export async function buildMissing({ log = () => {} } = {}) {
  const found = await findEtcd();
  const missing = Object.keys(SERIES).filter(
    (name) => SERIES[name]?.goModule !== undefined && found[name] === undefined,
  );
  if (missing.length > 0) await buildWithGo({ cache: etcdCache(), series: missing, log });
}

/**
 * The release of Debian that has a series, if one has.
 *
 * @param {string} name
 */
function suiteOf(name) {
  return SERIES[name]?.suite;
}

/** The series that come from a release of Debian: these are fetched in seconds. */
function debianSeries() {
  return Object.keys(SERIES).filter((name) => suiteOf(name) !== undefined);
}

/**
 * @param {string} name
 * @param {{ mirror: string, keyring: string }} source
 * @param {(line: string) => void} log
 */
async function installSeries(name, source, log) {
  const label = `etcd ${name}`;
  const suite = suiteOf(name);
  if (suite === undefined) throw new Error(`${label}: no release of Debian has it`);
  const started = Date.now();
  const tools = await install({ cache: etcdCache(), suite, label, source, log });
  if (seriesOf(tools.version) !== name) {
    throw new Error(
      `${label}: ${suite} now has etcd ${tools.version}; name an etcd ${name} in ETCD_BIN`,
    );
  }
  log(`${label}: ready (${tools.version}, ${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return tools;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const log = console.error;
  try {
    await ensureEtcd({ log });
    await buildMissing({ log });
    for (const [name, tools] of Object.entries(await findEtcd())) {
      const paths = [tools.etcd, tools.etcdctl, tools.etcdutl].filter((path) => path !== undefined);
      console.log([`${name} (${tools.version})`, ...paths].join('\n  '));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
