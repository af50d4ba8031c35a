import { EtcdClient } from '../../client.js';
import {
  checkKnownOptions,
  checkPositiveInteger,
  invalidArgument,
  type OptionNames,
  showWord,
} from '../../errors/index.js';
import { delay } from '../../internal/delay.js';
import { withInternals } from '../../internals.js';
import type { EtcdClientOptions } from '../../options.js';
import { listenOn, type MemoryPort } from './grpc-port.js';
import { MemoryCluster } from './memory-cluster.js';
import type { MemoryMember } from './memory-member.js';
import { type MemoryEtcdVersion, Series, VERSIONS } from './series.js';
import { readFlags } from './server/server-options.js';
import { ClientActivity } from './world/client-activity.js';
import { ClientProcess } from './world/client-process.js';
import { Faults, type MemoryFaults } from './world/faults.js';
import { MemoryChannel } from './world/memory-channel.js';
import { World } from './world/world.js';

/** Options of a cluster in memory. */
export interface MemoryEtcdOptions {
  /** The number of members. Default: 1. */
  readonly members?: number | undefined;
  /**
   * The beginning of all chance: ids, elections, pauses between attempts. Two runs with one seed are the same
   * run. Default: 1.
   */
  readonly seed?: number | undefined;
  /** The version of etcd that the members behave as. Default: the newest. */
  readonly version?: MemoryEtcdVersion | undefined;
  /**
   * `virtual`: a clock that stands still until `advance()` moves it. `system`: the clock of the machine.
   * Default: `virtual`.
   */
  readonly clock?: 'virtual' | 'system' | undefined;
  /**
   * Flags as etcd takes them: `--max-txn-ops`, `--max-request-bytes`, `--quota-backend-bytes`,
   * `--auth-token-ttl`, `--watch-progress-notify-interval`.
   */
  readonly flags?: readonly string[] | undefined;
}

/** Options of `listen()`. */
export interface ListenOptions {
  /** The port; 0 takes a free one. Default: 0. */
  readonly port?: number | undefined;
  /** The index of the member that is served. Default: 0. */
  readonly member?: number | undefined;
}

const LAST_PORT = 65_535;
const NAMES: OptionNames<MemoryEtcdOptions> = {
  members: true,
  seed: true,
  version: true,
  clock: true,
  flags: true,
};
const CLOCKS = ['virtual', 'system'];

/**
 * An etcd cluster in this process: its behaviour without a binary, a port or a second of waiting.
 *
 * Clients are ordinary ones, over simulated connections. Their clock and their chance are those of the
 * cluster. What takes no time happens by itself; leases, pauses, deadlines and delays wait for
 * `advance()`.
 *
 * @example
 * await using memory = new MemoryEtcd();
 * const etcd = memory.client();
 * const lease = await etcd.lease.grant(10);
 * await etcd.put('name', 'value', { lease });
 * await memory.advance(10_000);
 * await etcd.get('name'); // undefined
 */
export class MemoryEtcd {
  readonly #world: World;
  readonly #cluster: MemoryCluster;
  readonly #activity = new ClientActivity();
  readonly #faults = new Faults();
  readonly #clients = new Map<EtcdClient, Faults>();
  readonly #ports = new Set<MemoryPort>();

  /** @throws InvalidArgumentError (a `TypeError`) for wrong options */
  constructor(options: MemoryEtcdOptions = {}) {
    checkKnownOptions('options', options, NAMES);
    const { members = 1, seed = 1, version = '3.7', clock = 'virtual', flags = [] } = options;
    checkPositiveInteger('members', members);
    if (!Number.isSafeInteger(seed)) throw invalidArgument('seed', seed, 'a whole number');
    if (!VERSIONS.includes(version)) {
      throw invalidArgument('version', showWord(version), `allowed are ${VERSIONS.join(', ')}`);
    }
    if (!CLOCKS.includes(clock)) {
      throw invalidArgument('clock', showWord(clock), `allowed are ${CLOCKS.join(', ')}`);
    }
    if (!Array.isArray(flags)) throw invalidArgument('flags', flags, 'a list of strings');
    const settings = readFlags(flags);
    this.#world = new World(seed, clock === 'system', () => this.#activity.describe());
    this.#cluster = new MemoryCluster(this.#world, {
      members,
      series: new Series(version),
      settings,
    });
  }

  /** The members, in the order in which they joined. */
  get members(): readonly [MemoryMember, ...MemoryMember[]] {
    return this.#cluster.members;
  }

  /** The addresses of the members, for clients of this cluster alone. */
  get endpoints(): readonly [string, ...string[]] {
    const addresses = this.members.map(({ endpoint }) => endpoint);
    // Only a member that never ran has none, and there is always one that runs or ran.
    return addresses.filter((address) => address !== '') as [string, ...string[]];
  }

  /** The revision of the store. */
  get revision(): bigint {
    return this.#cluster.newest.replica.store.revision;
  }

  /** Milliseconds on the clock of the cluster: 0 at the beginning of a virtual one. */
  get now(): number {
    return this.#world.clock.now();
  }

  /** Faults of the network between all clients and the members. */
  get faults(): MemoryFaults {
    return this.#faults;
  }

  /**
   * Faults of the network between one client and the members, beside those of all.
   *
   * @throws InvalidArgumentError for a client of another cluster
   */
  faultsOf(client: EtcdClient): MemoryFaults {
    const faults = this.#clients.get(client);
    if (faults === undefined) throw invalidArgument('client', client, 'a client of this cluster');
    return faults;
  }

  /**
   * Makes a client of this cluster, over simulated connections. It is closed together with the cluster.
   *
   * @param options those of any client; `endpoints` is that of all members by default
   */
  client(options: Partial<EtcdClientOptions> = {}): EtcdClient {
    const faults = new Faults();
    const world = this.#world;
    const process = new ClientProcess(world);
    const name = this.#activity.add();
    const openChannel: Parameters<typeof withInternals>[1]['openChannel'] = async (
      { endpoint },
      config,
    ) =>
      new MemoryChannel(
        {
          world,
          process,
          faults: () => [this.#faults, faults, ...this.#cluster.faultsAt(endpoint)],
          server: () => this.#cluster.serverAt(endpoint),
          connected: (connection) => this.#cluster.connected(endpoint, connection),
          called: (path) => this.#activity.called(name, path),
        },
        config,
      );
    const client = new EtcdClient(
      withInternals({ endpoints: this.endpoints, ...options }, { clock: process, openChannel }),
    );
    this.#clients.set(client, faults);
    return client;
  }

  /**
   * Moves the clock of the cluster and of its clients on, and lets everything happen that is due, in its
   * order. Resolves when the program is at rest at the new time.
   *
   * @param ms milliseconds
   * @throws Error when the program does not come to rest: it says who is busy
   * @throws TypeError for a cluster with the clock of the system
   */
  async advance(ms: number): Promise<void> {
    if (typeof ms !== 'number' || !(ms >= 0) || ms === Infinity) {
      throw invalidArgument('ms', ms, 'milliseconds, 0 or more');
    }
    await this.#world.advance(ms);
  }

  /**
   * Resolves after this time on the clock of the cluster: somebody else has to move it.
   *
   * @param ms milliseconds
   */
  async delay(ms: number): Promise<void> {
    await delay(this.#world.clock, ms);
  }

  /**
   * Resolves when nothing can happen any more unless the clock moves.
   *
   * @throws Error when the program does not come to rest: it says who is busy
   */
  async idle(): Promise<void> {
    await this.#world.idle();
  }

  /**
   * Gives up the history below a revision, as `etcd.compact` does.
   *
   * @throws Error with etcd's text for a revision that is compacted already, or not there yet
   */
  compact(revision: bigint | number): void {
    this.#cluster.compact(BigInt(revision));
  }

  /** Lets all tokens run out: clients with a password sign in again, without the caller hearing of it. */
  expireTokens(): void {
    this.#cluster.expireTokens();
  }

  /**
   * Serves a member to other programs, by gRPC on a port of this machine. With a clock that stands still
   * leases of such programs do not run out by themselves: `clock: 'system'` lets them. `faults`, and `pause()`
   * and `stop()` of the member, are for such programs, too.
   *
   * @param options `port`: 0, the default, takes a free one; `member`: its index, the first by default
   * @throws EtcdStartError for a port that is taken
   *
   * @example
   * await using port = await memory.listen();
   * // ETCDCTL_ENDPOINTS=${port.endpoint} etcdctl get name
   */
  async listen(options: ListenOptions = {}): Promise<MemoryPort> {
    checkKnownOptions('options', options, { port: true, member: true });
    const { port = 0, member = 0 } = options;
    if (!Number.isInteger(port) || port < 0 || port > LAST_PORT) {
      throw invalidArgument('port', port, `a whole number from 0 to ${LAST_PORT}`);
    }
    const served = this.#cluster.served(member, this.#faults);
    if (served === undefined) {
      throw invalidArgument(
        'member',
        member,
        `an index of members, of which there are ${this.members.length}`,
      );
    }
    const opened = await listenOn(served, port);
    this.#ports.add(opened);
    return opened;
  }

  /** Closes all clients and ports of the cluster. Harmless when done twice. */
  async close(): Promise<void> {
    await Promise.all([...this.#ports].map((port) => port.close()));
    await Promise.all([...this.#clients.keys()].map((client) => client.close()));
  }

  /** Does what `close()` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
