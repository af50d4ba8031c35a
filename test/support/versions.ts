import {
  compareVersions,
  type EtcdTools,
  etcdCache,
  findEtcd,
  newestOf,
  SERIES,
} from '../../scripts/etcd/find.mjs';
import { buildEnd } from '../../scripts/etcd/go-build.mjs';

/** A server to test on: its minor version, such as `3.6`; the whole version for a second one of ETCD_BIN. */
export type EtcdSeries = string;

// Newer servers may just be built, by the command that runs these tests.
await buildEnd(etcdCache());
const found = await findEtcd();

/** All servers, oldest first, whether or not they are on this machine. */
export const everySeries: readonly EtcdSeries[] = [
  ...new Set([...Object.keys(SERIES), ...Object.keys(found)]),
].sort(compareVersions);

/** What ETCD_KIT_MATRIX asks for: `1` is everything on every server, `middle` what a run without it leaves out. */
const matrix = process.env['ETCD_KIT_MATRIX'];

/** Whether time is given for what takes long: the run is one of `npm run test:matrix`, or its second half. */
export const isMatrix = matrix !== undefined;

/** Whether the run is `npm run test:matrix`, which has time for all that there is. */
export const isWholeMatrix = matrix === '1';

/**
 * The servers that a suite runs on: the oldest and the newest that are there, and those named in ETCD_BIN.
 * The newest that the project knows is among them even if it is missing, so that this is told. All of them
 * with ETCD_KIT_MATRIX=1, and with `middle` the others.
 */
export const testedSeries: readonly EtcdSeries[] = everySeries.filter(
  (series) => matrix === '1' || isOuter(series) === (matrix !== 'middle'),
);

/** The servers of what depends on versions: all of them, in one run and not in the other. */
export const seriesOfEveryVersion: readonly EtcdSeries[] = matrix === 'middle' ? [] : everySeries;

function isOuter(series: EtcdSeries): boolean {
  const present = everySeries.filter(hasEtcd);
  return (
    series === present[0] ||
    series === present.at(-1) ||
    series === Object.keys(SERIES).sort(compareVersions).at(-1) ||
    found[series]?.named === true
  );
}

/** The programs of a server; by default of the newest there is. Throws if they are not on this machine. */
export function toolsOf(series?: EtcdSeries): EtcdTools {
  const tools = series === undefined ? newestOf(found) : found[series];
  if (tools === undefined) throw new Error(missingReason(series ?? 'of any version'));
  return tools;
}

/** Whether the programs of a server are on this machine. */
export function hasEtcd(series: EtcdSeries): boolean {
  return found[series] !== undefined;
}

/** Why a server cannot be used. */
export function missingReason(series: EtcdSeries): string {
  return `etcd ${series} is not on this machine; \`node scripts/etcd/ensure.mjs\` gets it or says how`;
}

/** Whether a version is at least another one: `atLeast(etcd.version, '3.5.8')`. */
export function atLeast(version: string, least: string): boolean {
  return compareVersions(version, least) >= 0;
}
