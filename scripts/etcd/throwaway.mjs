// A real etcd server that lives as long as a test or an example, on free loopback ports and a temporary folder.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuard } from './guard.mjs';
import { freePorts } from './ports.mjs';

const READY_TIMEOUT_MS = 20_000;
const POLL_INTERVAL_MS = 15;
const POLL_TIMEOUT_MS = 1_000;
const SHUTDOWN_TIMEOUT_MS = 5_000;
// A port seen as free can be taken before the server binds it; losing that race so often is another fault.
const PORT_ATTEMPTS = 5;
// A lone member waits out an election timeout at each restart. Among others, too short a one deposes
// leaders whenever the machine is busy.
const ALONE = ['--heartbeat-interval', '20', '--election-timeout', '200'];
const AMONG_OTHERS = ['--heartbeat-interval', '50', '--election-timeout', '500'];
const LOG_TAIL_CHARACTERS = 1_500;

/** A server could not bind one of its ports. */
export class PortTakenError extends Error {
  name = 'PortTakenError';
}

export async function startThrowaway(options) {
  for (let attempt = 1; ; attempt++) {
    const [clientPort, peerPort] = await freePorts(2);
    const server = await createThrowaway({
      ...options,
      clientPort: options.clientPort ?? clientPort,
      peerPort: options.peerPort ?? peerPort,
    });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

export async function createThrowaway(options) {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-'));
  return new Throwaway(folder, options);
}

class Throwaway {
  #options;
  #args;
  #logFile;
  #guard;
  #child;
  #stopped;

  constructor(folder, options) {
    const {
      tools,
      clientPort,
      peerPort,
      host = '127.0.0.1',
      name = `m${clientPort}`,
      tls,
    } = options;
    this.#options = options;
    this.#logFile = join(folder, 'log');
    this.#guard = startGuard(folder);
    this.name = name;
    this.version = tools.version;
    this.host = host;
    this.clientPort = clientPort;
    this.peerPort = peerPort;
    this.dataDir = options.dataDir ?? join(folder, 'data');
    this.endpoint = `${tls === undefined ? 'http' : 'https'}://${host}:${clientPort}`;
    this.peerUrl = `http://${host}:${peerPort}`;
    this.#args = [
      ...['--name', name, '--data-dir', this.dataDir],
      ...['--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint],
      ...['--listen-peer-urls', this.peerUrl, '--initial-advertise-peer-urls', this.peerUrl],
      ...['--initial-cluster', options.initialCluster ?? `${name}=${this.peerUrl}`],
      ...['--initial-cluster-state', options.initialClusterState ?? 'new'],
      ...['--initial-cluster-token', options.clusterToken ?? name],
      ...(options.initialCluster === undefined ? ALONE : AMONG_OTHERS),
      ...['--logger', 'zap', '--log-level', 'error'],
      ...(hasUnsafeNoFsync(tools.version) ? ['--unsafe-no-fsync'] : []),
      ...(tls?.flags ?? []),
      // Last, because the last of two equal flags counts.
      ...(options.flags ?? []),
    ];
  }

  get pid() {
    return this.#child?.pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  async start({ awaitReady = true } = {}) {
    if (this.#stopped !== undefined)
      throw new Error(`etcd ${this.name}: it was stopped and its folder is gone`);
    if (this.#child !== undefined) throw new Error(`etcd ${this.name}: it is running already`);
    const [program, ...args] = [
      ...(this.#options.prefix ?? []),
      this.#options.tools.etcd,
      ...this.#args,
    ];
    const log = openSync(this.#logFile, 'a');
    const child = spawn(program, args, {
      stdio: ['ignore', log, log],
      env: withoutEtcdVariables(),
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
    if (awaitReady) await this.ready();
  }

  async ready(timeoutMs = READY_TIMEOUT_MS) {
    const giveUp = performance.now() + timeoutMs;
    let last = 'no answer yet';
    while (this.#child !== undefined) {
      const health = await this.request('/health').catch((error) => ({
        status: 0,
        body: error.message,
      }));
      if (
        health.status === 200 &&
        health.body.includes('"health":"true"') &&
        (await this.#isOurs())
      )
        return;
      last = health.body.trim() || `status ${health.status}`;
      if (performance.now() > giveUp) {
        throw new Error(
          `etcd ${this.name} is not ready after ${timeoutMs} ms (${last})\n${await this.log()}`,
        );
      }
      await delay(POLL_INTERVAL_MS);
    }
    const log = await this.log();
    if (log.includes('address already in use'))
      throw new PortTakenError(`etcd ${this.name}: a port was taken\n${log}`);
    throw new Error(`etcd ${this.name} ended before it was ready\n${log}`);
  }

  request(path) {
    const { tls } = this.#options;
    const options = { agent: false, timeout: POLL_TIMEOUT_MS, ...tls?.client };
    return new Promise((resolve, reject) => {
      const get = tls === undefined ? getHttp : getHttps;
      const request = get(`${this.endpoint}${path}`, options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response
          .on('end', () => resolve({ status: response.statusCode, body }))
          .on('error', reject);
      });
      request.on('timeout', () =>
        request.destroy(new Error(`no answer within ${POLL_TIMEOUT_MS} ms`)),
      );
      request.on('error', reject);
    });
  }

  /** Two test runs can pick one port at the same moment; the loser must not take the winner for itself. */
  async #isOurs() {
    const { status, body } = await this.request('/debug/vars').catch(() => ({
      status: 0,
      body: '',
    }));
    return status !== 200 || body.includes(JSON.stringify(this.dataDir));
  }

  pause() {
    this.#signal('SIGSTOP');
  }

  resume() {
    this.#signal('SIGCONT');
  }

  async kill() {
    await this.#end('SIGKILL');
  }

  async shutdown() {
    if (this.#child !== undefined) this.resume();
    const force = setTimeout(() => this.#child?.kill('SIGKILL'), SHUTDOWN_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(force);
  }

  async restart(options) {
    await this.kill();
    await this.start(options);
  }

  async stop() {
    this.#stopped ??= this.kill().then(() => this.#guard.release());
    await this.#stopped;
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  async log() {
    const text = await readFile(this.#logFile, 'utf8').catch(() => '');
    return text.slice(-LOG_TAIL_CHARACTERS);
  }

  #signal(signal) {
    if (this.#child === undefined) throw new Error(`etcd ${this.name}: it is not running`);
    this.#child.kill(signal);
  }

  async #end(signal) {
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }
}

function hasUnsafeNoFsync(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || minor >= 5;
}

/** The server reads settings from ETCD_*, and ours must not depend on the user's. */
function withoutEtcdVariables() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD')),
  );
}
