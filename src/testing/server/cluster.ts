import { setTimeout as delay } from 'node:timers/promises';
import type { EtcdClient } from '../../client.js';
import {
  checkPositiveInteger,
  type OptionNames,
  TimeoutError,
  UnavailableError,
} from '../../errors/index.js';
import { findProgram } from '../binary/find-program.js';
import { Clients, EtcdServer, type ServerClientOptions } from './etcd-server.js';
import { checkMemberFlags } from './flags.js';
import { createMembers, findLeader, freePlaces, type MembersContext } from './members.js';
import type { ServerProcess } from './server-process.js';
import { checkStartOptions, lostRace, PORT_ATTEMPTS, type StartEtcdOptions } from './start-etcd.js';
import { checkServerTls } from './tls.js';

/** Options of a cluster: those of a server, for each member. Data is in temporary folders. */
export interface StartClusterOptions extends Omit<StartEtcdOptions, 'dataFolder'> {
  /** The number of members. Default: 3. */
  readonly members?: number | undefined;
}

const NAMES: OptionNames<StartClusterOptions> = {
  members: true,
  version: true,
  binary: true,
  flags: true,
  tls: true,
  download: true,
};
const DEFAULT_MEMBERS = 3;
/** On a machine that is busy an election may fail and begin again, several times. */
const ELECTION_TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 15;

/**
 * A cluster of real servers on loopback ports. It ends with `await using` or `stop()`, and at the latest with the
 * process that started it.
 *
 * @example
 * await using cluster = await startCluster({ members: 3 });
 * const etcd = cluster.client();
 * await (await cluster.leader()).kill();
 */
export class EtcdCluster implements AsyncDisposable {
  /** The members, each a server. */
  readonly members: readonly [EtcdServer, ...EtcdServer[]];
  /** The addresses of all members for clients. */
  readonly endpoints: readonly [string, ...string[]];
  /** The program's version, such as `3.6.16`. */
  readonly version: string;
  readonly #processes: readonly ServerProcess[];
  readonly #clients: Clients;

  /** @internal */
  constructor(processes: readonly ServerProcess[]) {
    this.#processes = processes;
    const [first, ...others] = processes as readonly [ServerProcess, ...ServerProcess[]];
    const serverOf = (process: ServerProcess): EtcdServer =>
      new EtcdServer(process, (member) => this.#replace(member));
    this.members = [serverOf(first), ...others.map(serverOf)];
    this.endpoints = [first.endpoint, ...others.map(({ endpoint }) => endpoint)];
    this.version = first.version;
    this.#clients = new Clients(this.endpoints, first.clientTls);
  }

  /**
   * Makes a client of all members that trusts their certificates. It is closed together with the cluster.
   *
   * @throws InvalidArgumentError for wrong options
   */
  client(options?: ServerClientOptions): EtcdClient {
    return this.#clients.make(options);
  }

  /**
   * Finds the member that leads, and waits for an election that is under way. A leader that was just cut off from
   * the others believes for an election timeout that it still leads.
   *
   * @throws UnavailableError (`NO_LEADER`) when there is none for 30 s, as without a majority
   */
  async leader(): Promise<EtcdServer> {
    const giveUp = performance.now() + ELECTION_TIMEOUT_MS;
    do {
      const leader = await findLeader(this.#processes);
      const found = leader && this.members[this.#processes.indexOf(leader)];
      if (found !== undefined) return found;
      await delay(POLL_INTERVAL_MS);
    } while (performance.now() < giveUp);
    const running = this.members.filter((member) => member.running).length;
    throw new UnavailableError(
      `no leader for ${ELECTION_TIMEOUT_MS} ms; ${running} of ${this.members.length} members run`,
      { code: 'NO_LEADER', outcome: 'not-applied' },
    );
  }

  /** Ends all members for ever. A second call is harmless. */
  async stop(): Promise<void> {
    await this.#clients.close();
    await Promise.all(this.members.map((member) => member.stop()));
  }

  /** Does what `stop()` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Takes a member out and puts an empty one into its place. One that came back empty under its old id would have
   * forgotten what it voted for, and the leader would end it.
   */
  async #replace(member: ServerProcess): Promise<void> {
    await member.empty();
    if (!this.#processes.some(({ running }) => running)) return member.start();
    const leader = await this.leader();
    await using etcd = leader.client();
    const find = async () =>
      (await etcd.cluster.members()).find(({ peerUrls }) => peerUrls.includes(member.peerUrl));
    // Each looks first: an attempt whose answer was lost may have worked.
    await untilAccepted(async () => {
      const old = await find();
      if (old !== undefined) await etcd.cluster.remove(old.id);
    });
    await untilAccepted(async () => {
      if ((await find()) === undefined) await etcd.cluster.add([member.peerUrl]);
    });
    await member.start({ initialClusterState: 'existing' });
  }
}

/**
 * Starts a cluster of real servers on free loopback ports, and resolves when every member serves.
 *
 * @throws InvalidArgumentError (a `TypeError`) for a wrong option; nothing is started then
 * @throws EtcdNotFoundError, EtcdDownloadError, EtcdStartError as for a single server
 *
 * @example
 * await using cluster = await startCluster({ version: '3.6', members: 3 });
 * const etcd = cluster.client();
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<EtcdCluster> {
  checkStartOptions(options, NAMES);
  const { members = DEFAULT_MEMBERS, flags } = options;
  checkPositiveInteger('members', members);
  checkMemberFlags(flags);
  const tls = checkServerTls(options.tls);
  const program = await findProgram(options);
  return new EtcdCluster(await startMembers(members, { program, flags, tls }));
}

/**
 * Tries a change of the members again and again while the cluster is not ready for one. Members that have
 * just met refuse changes for some seconds, and an election may be under way.
 */
async function untilAccepted(change: () => Promise<unknown>): Promise<void> {
  const giveUp = performance.now() + ELECTION_TIMEOUT_MS;
  for (;;) {
    try {
      await change();
      return;
    } catch (error) {
      const mayPass = error instanceof UnavailableError || error instanceof TimeoutError;
      if (!mayPass || performance.now() > giveUp) throw error;
      await delay(POLL_INTERVAL_MS);
    }
  }
}

async function startMembers(count: number, context: MembersContext): Promise<ServerProcess[]> {
  for (let attempt = 1; ; attempt++) {
    const members = await createMembers(await freePlaces(count), context);
    try {
      await Promise.all(members.map((member) => member.start()));
      return members;
    } catch (error) {
      await Promise.all(members.map((member) => member.stop()));
      if (attempt === PORT_ATTEMPTS || !lostRace(error)) throw error;
    }
  }
}
