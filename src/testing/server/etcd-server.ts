import { EtcdClient } from '../../client.js';
import { checkKnownOptions } from '../../errors/index.js';
import type { EtcdClientOptions } from '../../options.js';
import type { TlsOptions } from '../../transport/channel/tls-options.js';
import type { ServerProcess } from './server-process.js';

/** Options of a client that a server makes: those of any client. Default of `endpoints`: the server. */
export type ServerClientOptions = Partial<EtcdClientOptions>;

/** Replaces the data of a server by nothing, and has it run again. */
export type Wipe = (server: ServerProcess) => Promise<void>;

/**
 * A real etcd in a process of its own, under the control of a test. It ends with `await using` or `stop()`, and at
 * the latest with the process that started it, even if that one is killed.
 *
 * @example
 * await using server = await startEtcd();
 * const etcd = server.client();
 * await server.pause();
 */
export class EtcdServer implements AsyncDisposable {
  /** The program's version, such as `3.6.16`. */
  readonly version: string;
  /** The name among the members of a cluster. */
  readonly name: string;
  /** The address for clients, such as `http://127.0.0.1:21734`. It stays when the server starts again. */
  readonly endpoint: string;
  /** The folder of the data: the option `dataFolder`, else a temporary one. */
  readonly dataFolder: string;
  readonly #process: ServerProcess;
  readonly #clients: Clients;
  readonly #wipe: Wipe;

  /** @internal */
  constructor(process: ServerProcess, wipe: Wipe = wipeAlone) {
    this.version = process.version;
    this.name = process.name;
    this.endpoint = process.endpoint;
    this.dataFolder = process.dataFolder;
    this.#process = process;
    this.#clients = new Clients([process.endpoint], process.clientTls);
    this.#wipe = wipe;
  }

  /** The one endpoint, as a list. */
  get endpoints(): readonly string[] {
    return [this.endpoint];
  }

  /** True while its process exists, paused or not. */
  get running(): boolean {
    return this.#process.running;
  }

  /** The id of its process, `undefined` while there is none. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Makes a client of this server that trusts its certificate. It is closed together with the server, or before.
   *
   * @param options those of any client; `endpoints` leads it through a proxy
   * @throws InvalidArgumentError for wrong options
   */
  client(options?: ServerClientOptions): EtcdClient {
    return this.#clients.make(options);
  }

  /**
   * Has the process hang (SIGSTOP): connections stay open and nobody answers. Resolves once it stands still.
   *
   * @throws EtcdError `TEST_SERVER_STOPPED` when it does not run, `UNSUPPORTED` on Windows
   */
  pause(): Promise<void> {
    return this.#process.pause();
  }

  /**
   * Has a paused process go on (SIGCONT), as a machine that wakes up.
   *
   * @throws EtcdError `TEST_SERVER_STOPPED` when it does not run, `UNSUPPORTED` on Windows
   */
  resume(): Promise<void> {
    return this.#process.resume();
  }

  /** Ends the process at once (SIGKILL), paused or not. Its data and its endpoint stay for `start()`. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /**
   * Starts a killed server on its data, and resolves once it serves.
   *
   * @throws EtcdStartError when it runs already, was stopped for ever, or does not start
   */
  start(): Promise<void> {
    return this.#process.start();
  }

  /**
   * Kills the process and starts it on its data; one that does not run is started.
   *
   * @throws EtcdStartError when it does not start
   */
  restart(): Promise<void> {
    return this.#process.restart();
  }

  /**
   * Leaves a running, empty server at the same endpoint: keys, leases, users and the history are gone, and
   * revisions begin at 1 again. A member of a cluster is removed and added
   * anew instead, for which the others need a majority; it gets their data again.
   *
   * @throws EtcdStartError when it does not start
   */
  wipe(): Promise<void> {
    return this.#wipe(this.#process);
  }

  /** The text that the server has printed so far, over all its starts; also after its end. */
  logs(): string {
    return this.#process.logs();
  }

  /** Closes the clients, ends the process for ever and removes its folder. A given data folder is kept. A second call is harmless. */
  async stop(): Promise<void> {
    await this.#clients.close();
    await this.#process.stop();
  }

  /** Does what `stop()` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The clients that were made of some servers, to be closed with them. */
export class Clients {
  readonly #endpoints: readonly string[];
  readonly #tls: TlsOptions | undefined;
  readonly #open = new Set<EtcdClient>();

  constructor(endpoints: readonly string[], tls: TlsOptions | undefined) {
    this.#endpoints = endpoints;
    this.#tls = tls;
  }

  make(options: ServerClientOptions = {}): EtcdClient {
    // Before it is spread: what is no object would vanish in silence.
    if (options === null || typeof options !== 'object')
      checkKnownOptions<object>('options', options, {});
    const client = new EtcdClient({
      endpoints: this.#endpoints,
      ...options,
      ...tlsFor(this.#tls, options.tls),
    });
    this.#open.add(client);
    client.once('closed', () => this.#open.delete(client));
    return client;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((client) => client.close()));
  }
}

/** Trust in the server, beside what the caller says of TLS. */
function tlsFor(
  trusted: TlsOptions | undefined,
  given: EtcdClientOptions['tls'],
): Pick<EtcdClientOptions, 'tls'> {
  if (trusted === undefined || typeof given === 'function')
    return given === undefined ? {} : { tls: given };
  return { tls: { ...trusted, ...given } };
}

async function wipeAlone(server: ServerProcess): Promise<void> {
  await server.empty();
  await server.start();
}
