import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdError } from '../../errors/index.js';
import type { EtcdProgram } from '../binary/program.js';
import { compareVersions } from '../binary/version.js';
import { EtcdStartError } from '../errors.js';
import { listenUrl } from './flags.js';
import { type Guard, startGuard } from './guard.js';
import { type HttpAnswer, httpGet } from './probe.js';
import { isFolderLocked, isStopped } from './process-state.js';
import { startError, waitsForFolder } from './start-failure.js';
import { type CheckedTls, type ServerTls, serverTls } from './tls.js';

/** One server: its program, its place and its settings. */
export interface ServerContext {
  readonly program: EtcdProgram;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Appended to our own, so they win over them. */
  readonly flags?: readonly string[] | undefined;
  /** Kept when the server ends. Default: a temporary folder. */
  readonly dataFolder?: string | undefined;
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  readonly name?: string | undefined;
  readonly tls?: CheckedTls | undefined;
  /** `name=peerUrl` of all members, separated by commas. Default: this one alone. */
  readonly initialCluster?: string | undefined;
  readonly initialClusterState?: 'new' | 'existing' | undefined;
  readonly clusterToken?: string | undefined;
  /** A command that runs the server in its place with `exec`, such as `ip netns exec <name>`. */
  readonly prefix?: readonly string[] | undefined;
}

/** Settings of one start. */
export interface StartContext {
  /** `false` resolves as soon as the process exists, for a member that has no quorum yet. */
  readonly awaitReady?: boolean | undefined;
  /** The way a member with an empty data folder joins: with the others, or later. */
  readonly initialClusterState?: 'new' | 'existing' | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 15;
const SHUTDOWN_TIMEOUT_MS = 5_000;
/** The health of a server that has an alarm is not good, and it still serves. */
const HEALTH = '/health?exclude=NOSPACE&exclude=CORRUPT';
// A lone member waits out an election timeout at each restart. Among others, too short a one deposes
// leaders whenever the machine is busy.
const ALONE = ['--heartbeat-interval', '20', '--election-timeout', '200'];
const AMONG_OTHERS = ['--heartbeat-interval', '50', '--election-timeout', '500'];

/** Makes a server that is not started yet, with a folder of its own and a guard over it. */
export async function createServerProcess(context: ServerContext): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-'));
  const guard = startGuard(folder);
  try {
    const tls = context.tls && (await serverTls(context.tls, folder));
    return new ServerProcess(context, { folder, guard, tls });
  } catch (error) {
    await guard.release();
    throw error;
  }
}

interface Belongings {
  readonly folder: string;
  readonly guard: Guard;
  readonly tls: ServerTls | undefined;
}

/** One etcd process, from its first start to the removal of its folder. It ends with this process, even on SIGKILL. */
export class ServerProcess implements AsyncDisposable {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly endpoint: string;
  readonly peerUrl: string;
  readonly dataFolder: string;
  readonly #context: ServerContext;
  readonly #guard: Guard;
  readonly #tls: ServerTls | undefined;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  /** The place in the log where the present start begins. */
  #logStart = 0;
  /** The log of a server whose folder is gone. */
  #finalLogs: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(context: ServerContext, { folder, guard, tls }: Belongings) {
    const listened = listenUrl(context.flags ?? []);
    this.#context = context;
    this.#guard = guard;
    this.#tls = tls;
    this.#logFile = join(folder, 'log');
    this.name = context.name ?? `m${context.clientPort}`;
    this.version = context.program.version;
    this.host = reachable(listened?.hostname) ?? context.host ?? '127.0.0.1';
    this.clientPort = Number(listened?.port || context.clientPort);
    this.peerPort = context.peerPort;
    this.dataFolder = context.dataFolder ?? join(folder, 'data');
    this.endpoint = `${tls === undefined ? 'http' : 'https'}://${this.host}:${this.clientPort}`;
    this.peerUrl = `http://${context.host ?? '127.0.0.1'}:${context.peerPort}`;
  }

  /** The id of the running process, `undefined` while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** The options by which clients trust the server; `undefined` without TLS. */
  get clientTls() {
    return this.#tls?.client;
  }

  /**
   * Starts the process and waits until it serves reads.
   *
   * @throws EtcdStartError with the log; the process is gone then
   */
  async start({ awaitReady = true, initialClusterState }: StartContext = {}): Promise<void> {
    if (this.#stopped !== undefined)
      throw this.#failure('it was stopped for good and its folder is gone');
    if (this.#child !== undefined) throw this.#failure('it is running already');
    if (await isFolderLocked(this.dataFolder)) {
      throw this.#failure(
        `the data folder ${this.dataFolder} is in use by another server: end that one, or take another folder`,
      );
    }
    this.#spawn(initialClusterState);
    if (awaitReady) await this.ready();
  }

  /** Waits until the member is healthy, which needs a leader. */
  async ready(timeoutMs: number = READY_TIMEOUT_MS): Promise<void> {
    const giveUp = performance.now() + timeoutMs;
    while (this.#child !== undefined) {
      const health = await this.request(HEALTH).catch(() => undefined);
      if (health?.status === 200 && health.body.includes('"health":"true"')) {
        if (await this.#isOurs()) return;
      }
      const last = health?.body.trim() || 'no answer';
      if (performance.now() > giveUp || waitsForFolder(this.#logsOfStart())) {
        await this.kill();
        throw startError(this.#says(`it was not ready in time (${last})`), this.#logsOfStart());
      }
      await delay(POLL_INTERVAL_MS);
    }
    throw startError(this.#says('it ended before it was ready'), this.#logsOfStart());
  }

  /** Makes one HTTP GET on the client port, such as `/metrics`. */
  request(path: string): Promise<HttpAnswer> {
    return httpGet(`${this.endpoint}${path}`, this.#tls?.client);
  }

  /** Stops the process in its tracks (SIGSTOP): it hangs, and its connections stay open. */
  async pause(): Promise<void> {
    const pid = this.#signal('SIGSTOP');
    while ((await this.#hangs(pid)) === false) await delay(1);
  }

  /** Lets a paused process go on (SIGCONT). */
  async resume(): Promise<void> {
    this.#signal('SIGCONT');
  }

  /** Ends the process at once (SIGKILL); the data stays. Also if there is none. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the process in good order (SIGTERM), after 5 s at once. The data stays. */
  async shutdown(): Promise<void> {
    if (this.#child !== undefined) await this.resume();
    const force = setTimeout(() => this.#child?.kill('SIGKILL'), SHUTDOWN_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(force);
  }

  /** Kills it if it runs, and starts it on the same data and ports. */
  async restart(context?: StartContext): Promise<void> {
    await this.kill();
    await this.start(context);
  }

  /** Kills it if it runs, and removes its data. */
  async empty(): Promise<void> {
    await this.kill();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  /** Kills it for ever and removes its folder. A second call is harmless. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The text that the server has printed, of all its starts. */
  logs(): string {
    return this.#finalLogs ?? this.#readLogs();
  }

  async #stop(): Promise<void> {
    await this.#end('SIGKILL');
    this.#finalLogs = this.#readLogs();
    await this.#guard.release();
  }

  #logsOfStart(): string {
    return this.logs().slice(this.#logStart);
  }

  #readLogs(): string {
    try {
      return readFileSync(this.#logFile, 'utf8');
    } catch {
      // Nothing was started yet.
      return '';
    }
  }

  #spawn(initialClusterState: StartContext['initialClusterState']): void {
    const { prefix = [], program } = this.#context;
    const args = [...prefix, program.path, ...this.#args(initialClusterState)];
    this.#logStart = this.logs().length;
    const log = openSync(this.#logFile, 'a');
    const child = spawn(args[0] ?? '', args.slice(1), {
      stdio: ['ignore', log, log],
      env: withoutEtcdVariables(),
      windowsHide: true,
    });
    closeSync(log);
    this.#child = child;
    // A server that someone forgot keeps no process alive; the guard ends it.
    child.unref();
    this.#guard.watch(child.pid);
    const ended = () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#guard.watch(undefined);
    };
    child.once('exit', ended).once('error', ended);
  }

  #args(initialClusterState: StartContext['initialClusterState']): string[] {
    const { name, peerUrl, endpoint, version } = this;
    const { initialCluster, clusterToken = name, flags = [], ...context } = this.#context;
    return [
      ...['--name', name, '--data-dir', this.dataFolder],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', initialCluster ?? `${name}=${peerUrl}`],
      ...['--initial-cluster-state', initialClusterState ?? context.initialClusterState ?? 'new'],
      ...['--initial-cluster-token', clusterToken],
      ...(initialCluster === undefined ? ALONE : AMONG_OTHERS),
      ...['--logger', 'zap', '--log-level', 'info'],
      ...(compareVersions(version, '3.5.0') >= 0 ? ['--unsafe-no-fsync'] : []),
      ...(this.#tls?.flags ?? []),
      // Last, because the last of two equal flags counts.
      ...flags,
    ];
  }

  /** Two processes can pick one port at the same moment; the loser must not take the winner for itself. */
  async #isOurs(): Promise<boolean> {
    const { status, body } = await this.request('/debug/vars').catch(() => ({
      status: 0,
      body: '',
    }));
    return status !== 200 || body.includes(JSON.stringify(this.dataFolder));
  }

  /** Returns whether the process stands still. On systems that do not tell, a request without an answer does. */
  async #hangs(pid: number): Promise<boolean> {
    if (this.pid !== pid) return true;
    return (
      (await isStopped(pid)) ??
      this.request('/version').then(
        () => false,
        () => true,
      )
    );
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): number {
    if (process.platform === 'win32') {
      const what = this.#says(
        'Windows cannot pause a process: freeze its connections by a fault proxy',
      );
      throw new EtcdError(what, { code: 'UNSUPPORTED', outcome: 'not-sent' });
    }
    const child = this.#child;
    if (child?.pid === undefined) {
      const what = this.#says('it is not running: start() it first');
      throw new EtcdError(what, { code: 'TEST_SERVER_STOPPED', outcome: 'not-sent' });
    }
    child.kill(signal);
    return child.pid;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    const exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    child.kill(signal);
    await exited;
  }

  #says(what: string): string {
    return `etcd ${this.version} (${this.name}): ${what}`;
  }

  #failure(what: string): EtcdStartError {
    return new EtcdStartError(this.#says(what), { logs: this.logs() });
  }
}

/** An address to connect to, where a server listens on all of them. */
function reachable(hostname: string | undefined): string | undefined {
  if (hostname === '0.0.0.0') return '127.0.0.1';
  return hostname === '[::]' ? '[::1]' : hostname;
}

/** The server reads settings from ETCD_*, and ours must not depend on the user's. */
function withoutEtcdVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD')),
  );
}
