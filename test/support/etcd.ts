import type { RunResult } from '../../scripts/etcd/run.mjs';
import type { ServerContext, ServerProcess } from '../../src/testing/server/server-process.js';
import { startProcess } from '../../src/testing/server/start-etcd.js';
import { checkServerTls } from '../../src/testing/server/tls.js';
import { type TestCertificates, testCertificates } from './certs.js';
import { type CtlProcess, runEtcdctl, spawnEtcdctl, succeeded } from './etcdctl.js';
import { metricSum } from './metrics.js';
import { type EtcdSeries, toolsOf } from './versions.js';
import { until } from './wait.js';

// A server that is asked at a bad moment takes longer than one question waits.
const METRIC_TIMEOUT_MS = 10_000;
/** What a server says in order is of no use where hundreds of tests run. */
const QUIET = ['--log-level', 'error'];

export interface StartEtcdOptions {
  /** Default: the newest that is there. */
  readonly version?: EtcdSeries | undefined;
  /** Server flags; they win over those of the harness. */
  readonly flags?: readonly string[] | undefined;
  /** Kept when the server stops; by default a temporary folder. */
  readonly dataFolder?: string | undefined;
  readonly port?: number | undefined;
  /** `server`: clients check the server's certificate; `mutual`: it checks theirs as well. Certificates of {@link testCertificates}. */
  readonly tls?: 'server' | 'mutual' | undefined;
}

/** A real etcd server under the control of a test: the process behind `startEtcd` of `etcd-kit/testing`, and more. */
export interface EtcdServer extends ServerProcess {
  readonly certificates: TestCertificates | undefined;
  /** Runs `etcdctl` against this server; resolves whatever its exit code. `--user` and the like go among the arguments. */
  etcdctl(...args: string[]): Promise<RunResult>;
  /** As {@link EtcdServer.etcdctl}, and throws unless it succeeds; resolves with what it printed, trimmed. */
  ctl(...args: string[]): Promise<string>;
  /** Starts an `etcdctl` that runs for long, such as `watch`, `lock` or `elect`. */
  spawnCtl(...args: string[]): CtlProcess;
  /** What the server counts about itself, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** The sum of one metric over all label sets that contain these, 0 if there is none. Asks again for 10 s. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/**
 * Starts an etcd on free loopback ports and a temporary folder, and resolves when it answers.
 * It ends with `stop()` or `await using`, at the latest with this process.
 *
 * @example
 * await using server = await startEtcd({ version: '3.4', flags: ['--max-txn-ops', '16'] });
 * await server.ctl('put', 'foo', 'bar');
 */
export async function startEtcd(options: StartEtcdOptions = {}): Promise<EtcdServer> {
  const { version, flags, dataFolder, port, tls } = options;
  const certificates = tls === undefined ? undefined : await testCertificates();
  const server = await startProcess({
    ...settingsOf(version, flags, certificates, tls),
    dataFolder,
    clientPort: port,
  });
  return asEtcdServer(server, version, certificates);
}

/** The program, the flags and the certificates of a server of the harness. */
export function settingsOf(
  series: EtcdSeries | undefined,
  flags: readonly string[] = [],
  certificates?: TestCertificates,
  tls?: 'server' | 'mutual',
): Pick<ServerContext, 'program' | 'flags' | 'tls'> {
  const { etcd: path, version } = toolsOf(series);
  const { authority, server } = certificates ?? {};
  return {
    program: { path, version },
    flags: [...QUIET, ...flags],
    tls: checkServerTls(
      server && {
        cert: server.certFile,
        key: server.keyFile,
        ca: authority?.certFile,
        clientAuth: tls === 'mutual',
      },
    ),
  };
}

/** Adds to a bare server what tests ask of it. */
export function asEtcdServer(
  server: ServerProcess,
  series: EtcdSeries | undefined,
  certificates: TestCertificates | undefined,
): EtcdServer {
  const target = { endpoints: [server.endpoint], series, certificates };
  const etcdctl = (...args: string[]) => runEtcdctl(target, args);
  const metrics = async () => (await server.request('/metrics')).body;
  return Object.assign(server, {
    certificates,
    etcdctl,
    ctl: async (...args: string[]) => succeeded(args, await etcdctl(...args)),
    spawnCtl: (...args: string[]) => spawnEtcdctl(target, args),
    metrics,
    metric: async (name: string, labels?: Readonly<Record<string, string>>) => {
      const what = `the metrics of ${server.name}`;
      return metricSum(await until(metrics, { what, timeoutMs: METRIC_TIMEOUT_MS }), name, labels);
    },
  });
}
