import { afterAll, describe } from 'vitest';
import { type Cluster, type StartClusterOptions, startCluster } from './cluster.js';
import { type EtcdServer, type StartEtcdOptions, startEtcd } from './etcd.js';
import { IN_MEMORY, MEMORY_SERIES } from './in-memory.js';
import { startMemoryServer } from './memory-server.js';
import { skipSuite } from './skip.js';
import {
  type EtcdSeries,
  hasEtcd,
  missingReason,
  seriesOfEveryVersion,
  testedSeries,
  toolsOf,
} from './versions.js';

/**
 * How long a test of a real server may take: a limit for tests that hang, not for machines that are busy.
 * A test that says otherwise has its own.
 */
export const SERVER_TEST_TIMEOUT_MS = 60_000;

/** What a suite sees of the version it runs on. */
export interface EtcdContext {
  /** The minor version, such as `3.5`. */
  readonly series: EtcdSeries;
  /** As the server reports it, such as `3.5.16`. */
  readonly version: string;
  /** A server shared by the tests of the suite: started by the first call, ended after the last test. */
  server(): Promise<EtcdServer>;
  /** A server of this version for one test, which disposes of it. */
  start(options?: Omit<StartEtcdOptions, 'version'>): Promise<EtcdServer>;
  /** A cluster of this version for one test, which disposes of it. */
  cluster(options?: Omit<StartClusterOptions, 'version'>): Promise<Cluster>;
}

/**
 * Declares a suite for the oldest and the newest etcd, for all with ETCD_KIT_MATRIX=1, and for those between with
 * `middle`. One that is not on this machine is skipped, and says why. With ETCD_KIT_MEMORY=1 the suite runs on an
 * etcd in memory instead.
 *
 * @example
 * describeEtcd('put and get', (etcd) => {
 *   it('reads what was written', async () => {
 *     const { endpoint } = await etcd.server();
 *   });
 * });
 */
export function describeEtcd(
  name: string,
  suite: (etcd: EtcdContext) => void,
  options: Omit<StartEtcdOptions, 'version'> = {},
): void {
  describeSeries(testedSeries, name, suite, options);
}

/**
 * As {@link describeEtcd}, and the tests of all versions run side by side, some at a time: for tests that wait most
 * of the time, on servers of their own.
 */
export function describeEtcdConcurrently(
  name: string,
  suite: (etcd: EtcdContext) => void,
  options: Omit<StartEtcdOptions, 'version'> = {},
): void {
  describeSeries(testedSeries, name, suite, options, true);
}

/** Declares a suite for every version: for what servers of different versions do differently. */
export function describeEveryEtcd(
  name: string,
  suite: (etcd: EtcdContext) => void,
  options: Omit<StartEtcdOptions, 'version'> = {},
): void {
  describeSeries(seriesOfEveryVersion, name, suite, options);
}

function describeSeries(
  all: readonly EtcdSeries[],
  name: string,
  suite: (etcd: EtcdContext) => void,
  options: Omit<StartEtcdOptions, 'version'>,
  concurrent = false,
): void {
  if (IN_MEMORY) {
    describeInMemory(name, suite, options);
    return;
  }
  // A file without any suite would fail.
  if (all.length === 0) describe.skip(`${name}: no version is left to this run`, () => {});
  for (const series of all) {
    if (!hasEtcd(series)) {
      skipSuite(`${name} (etcd ${series})`, missingReason(series));
      continue;
    }
    const { version } = toolsOf(series);
    const context = {
      series,
      version,
      start: (more = {}) => startEtcd({ ...options, ...more, version: series }),
      cluster: (more = {}) => startCluster({ ...more, version: series }),
    };
    describeOne(`${name} (etcd ${version})`, suite, context, concurrent);
  }
}

function describeInMemory(
  name: string,
  suite: (etcd: EtcdContext) => void,
  options: Omit<StartEtcdOptions, 'version'>,
): void {
  for (const series of MEMORY_SERIES) {
    describeOne(`${name} (etcd ${series} in memory)`, suite, {
      series,
      version: series,
      start: (more = {}) => startMemoryServer(series, more.flags ?? options.flags),
      cluster: () => Promise.reject(new Error('an etcd in memory is no cluster of processes')),
    });
  }
}

function describeOne(
  name: string,
  suite: (etcd: EtcdContext) => void,
  context: Omit<EtcdContext, 'server'>,
  concurrent = false,
): void {
  describe(name, { timeout: SERVER_TEST_TIMEOUT_MS, concurrent }, () => {
    let shared: Promise<EtcdServer> | undefined;
    afterAll(async () => {
      await (await shared)?.stop();
    });
    suite({
      ...context,
      server: () => {
        shared ??= context.start();
        return shared;
      },
    });
  });
}
