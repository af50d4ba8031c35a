import { freePorts } from '../../scripts/etcd/ports.mjs';
import type { RunResult } from '../../scripts/etcd/run.mjs';
import {
  createThrowaway,
  PortTakenError,
  type Throwaway,
  type ThrowawayOptions,
} from '../../scripts/etcd/throwaway.mjs';
import { type TestCertificates, testCertificates } from './certs.js';
import { asEtcdServer, type EtcdServer, serverTls } from './etcd.js';
import { runEtcdctl, succeeded } from './etcdctl.js';
import { metricSum } from './metrics.js';
import { type EtcdSeries, toolsOf } from './versions.js';
import { until } from './wait.js';

const PORT_ATTEMPTS = 5;
/** On a machine that is busy an election may fail and begin again, several times. */
const ELECTION_TIMEOUT_MS = 30_000;

/** Where one member lives. */
export interface MemberPlace {
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly prefix?: readonly string[];
}

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
    const members = await createMembers(places, options, certificates);
    try {
      await Promise.all(members.map((member) => member.start()));
      return new RunningCluster(members, options, certificates);
    } catch (error) {
      await Promise.all(members.map((member) => member.stop()));
      if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

class RunningCluster implements Cluster {
  readonly #options: StartClusterOptions;
  readonly #members: EtcdServer[];
  readonly certificates: TestCertificates | undefined;

  constructor(
    members: readonly Throwaway[],
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
    return until(
      async () => {
        const answers = await Promise.all(
          candidates.map(async (member) => ((await leads(member)) ? member : undefined)),
        );
        const leaders = answers.filter((member) => member !== undefined);
        return leaders.length === 1 && leaders[0];
      },
      { what: 'a leader', timeoutMs: ELECTION_TIMEOUT_MS },
    );
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
    const peerUrl = peerUrlOf(place);
    await this.ctl(
      ...['member', 'add', name, '--peer-urls', peerUrl],
      ...(learner ? ['--learner'] : []),
    );
    const member = await createThrowaway({
      ...memberOptions(this.#options, this.certificates),
      ...place,
      name,
      initialCluster: [...this.#members, { name, peerUrl }]
        .map((known) => `${known.name}=${known.peerUrl}`)
        .join(','),
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

  #equip(member: Throwaway): EtcdServer {
    return asEtcdServer(member, this.#options.version, this.certificates);
  }
}

async function freePlaces(count: number): Promise<MemberPlace[]> {
  const clientPorts = await freePorts(count);
  const peerPorts = await freePorts(count);
  return clientPorts.map((clientPort, index) => ({
    host: '127.0.0.1',
    clientPort,
    peerPort: peerPorts[index] ?? 0,
  }));
}

function createMembers(
  places: readonly MemberPlace[],
  options: StartClusterOptions,
  certificates: TestCertificates | undefined,
): Promise<Throwaway[]> {
  const initialCluster = places
    .map((place, index) => `${memberName(index)}=${peerUrlOf(place)}`)
    .join(',');
  // The token keeps members of two clusters apart that meet on a port by accident.
  const clusterToken = `${process.pid}-${places[0]?.peerPort}`;
  return Promise.all(
    places.map((place, index) =>
      createThrowaway({
        ...memberOptions(options, certificates),
        ...place,
        name: memberName(index),
        initialCluster,
        clusterToken,
      }),
    ),
  );
}

function memberOptions(
  { version, flags, tls }: StartClusterOptions,
  certificates: TestCertificates | undefined,
): Pick<ThrowawayOptions, 'tools' | 'flags' | 'tls'> {
  return {
    tools: toolsOf(version),
    flags,
    tls: certificates && serverTls(certificates, tls === 'mutual'),
  };
}

function memberName(index: number): string {
  return `member-${index + 1}`;
}

function peerUrlOf({ host, peerPort }: MemberPlace): string {
  return `http://${host}:${peerPort}`;
}

/** From the metrics, because they need no login. A member that is down or hangs does not lead. */
async function leads(member: EtcdServer): Promise<boolean> {
  if (!member.running) return false;
  const text = await member.metrics().catch(() => '');
  return metricSum(text, 'etcd_server_is_leader') === 1;
}
