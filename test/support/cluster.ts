import type { RunResult } from '../../scripts/etcd/run.mjs';
import {
  createMembers,
  findLeader,
  freePlaces,
  initialCluster,
  type MemberPlace,
  memberContext,
  memberName,
} from '../../src/testing/server/members.js';
import {
  createServerProcess,
  type ServerProcess,
} from '../../src/testing/server/server-process.js';
import { lostRace, PORT_ATTEMPTS } from '../../src/testing/server/start-etcd.js';
import { type TestCertificates, testCertificates } from './certs.js';
import { asEtcdServer, type EtcdServer, settingsOf } from './etcd.js';
import { runEtcdctl, succeeded } from './etcdctl.js';
import type { EtcdSeries } from './versions.js';
import { until } from './wait.js';

/** On a machine that is busy an election may fail and begin again, several times. */
const ELECTION_TIMEOUT_MS = 30_000;

export interface StartClusterOptions {
  /** 3 by default. */
  readonly size?: number | undefined;
  readonly version?: EtcdSeries | undefined;
  /** Flags of every member. */
  readonly flags?: readonly string[] | undefined;
  /** For clients; the members speak plain HTTP among themselves. */
  readonly tls?: 'server' | 'mutual' | undefined;
  /** Fixed places instead of free loopback ports; their number is the size. */
  readonly places?: readonly MemberPlace[] | undefined;
}

export interface Cluster extends AsyncDisposable {
  readonly members: readonly EtcdServer[];
  readonly endpoints: readonly string[];
  readonly certificates: TestCertificates | undefined;
  /**
   * The member that leads, once exactly one of those that answer says so. A leader that was cut off believes for an
   * election timeout that it still leads: leave it out to get its successor.
   */
  leader(options?: { readonly except?: EtcdServer }): Promise<EtcdServer>;
  /** The running members that do not lead. */
  followers(): Promise<EtcdServer[]>;
  /** Waits until every running member serves reads. */
  waitHealthy(): Promise<void>;
  /** Adds a member to the running cluster and starts it; a learner answers as soon as its process serves. */
  addMember(options?: { readonly learner?: boolean }): Promise<EtcdServer>;
  /** `etcdctl` with all endpoints. */
  etcdctl(...args: string[]): Promise<RunResult>;
  /** As `etcdctl`, and throws unless it succeeds; resolves with the trimmed output. */
  ctl(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a cluster on loopback and resolves when every member is healthy.
 *
 * @example
 * await using cluster = await startCluster({ size: 3 });
 * await (await cluster.leader()).kill();
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<Cluster> {
  const certificates = options.tls === undefined ? undefined : await testCertificates();
  for (let attempt = 1; ; attempt++) {
    const places = options.places ?? (await freePlaces(options.size ?? 3));
    const { version, flags, tls } = options;
    const members = await createMembers(places, settingsOf(version, flags, certificates, tls));
    try {
      await Promise.all(members.map((member) => member.start()));
      return new RunningCluster(members, options, certificates);
    } catch (error) {
      await Promise.all(members.map((member) => member.stop()));
      if (attempt === PORT_ATTEMPTS || !lostRace(error)) throw error;
    }
  }
}

class RunningCluster implements Cluster {
  readonly #options: StartClusterOptions;
  readonly #members: EtcdServer[];
  readonly certificates: TestCertificates | undefined;

  constructor(
    members: readonly ServerProcess[],
    options: StartClusterOptions,
    certificates: TestCertificates | undefined,
  ) {
    this.#options = options;
    this.certificates = certificates;
    this.#members = members.map((member) => this.#equip(member));
  }

  get members(): readonly EtcdServer[] {
    return this.#members;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ endpoint }) => endpoint);
  }

  leader({ except }: { readonly except?: EtcdServer } = {}): Promise<EtcdServer> {
    const candidates = this.#members.filter((member) => member !== except);
    return until(() => findLeader(candidates), {
      what: 'a leader',
      timeoutMs: ELECTION_TIMEOUT_MS,
    });
  }

  async followers(): Promise<EtcdServer[]> {
    const leader = await this.leader();
    return this.#members.filter((member) => member.running && member !== leader);
  }

  async waitHealthy(): Promise<void> {
    await Promise.all(this.#members.filter(({ running }) => running).map((m) => m.ready()));
  }

  async addMember({ learner = false }: { readonly learner?: boolean } = {}): Promise<EtcdServer> {
    const [place] = await freePlaces(1);
    if (place === undefined) throw new Error('no free place');
    const name = memberName(this.#members.length);
    const peerUrl = `http://${place.host}:${place.peerPort}`;
    await this.ctl(
      ...['member', 'add', name, '--peer-urls', peerUrl],
      ...(learner ? ['--learner'] : []),
    );
    const { version, flags, tls } = this.#options;
    const settings = settingsOf(version, flags, this.certificates, tls);
    const member = await createServerProcess({
      ...memberContext(name, place, settings),
      initialCluster: initialCluster([...this.#members, { name, peerUrl }]),
      initialClusterState: 'existing',
    });
    const server = this.#equip(member);
    this.#members.push(server);
    // A learner refuses the linearizable read behind /health on some versions, so its health says nothing.
    await member.start({ awaitReady: !learner });
    if (learner) {
      await until(async () => (await member.request('/version')).status === 200, {
        what: `learner ${name}`,
      });
    }
    return server;
  }

  etcdctl(...args: string[]): Promise<RunResult> {
    const { endpoints, certificates } = this;
    return runEtcdctl({ endpoints, certificates, series: this.#options.version }, args);
  }

  async ctl(...args: string[]): Promise<string> {
    return succeeded(args, await this.etcdctl(...args));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #equip(member: ServerProcess): EtcdServer {
    return asEtcdServer(member, this.#options.version, this.certificates);
  }
}
