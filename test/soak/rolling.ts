import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lock, Mutex, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { EtcdClient, EtcdError } from '../../src/index.js';
import {
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
import { settingsOf } from '../support/etcd.js';
import type { EtcdSeries } from '../support/versions.js';
import { until } from '../support/wait.js';
import { type Figures, measured, must } from './soak.js';

const MEMBERS = 3;
// A server does not start over the log entries of the version before the last one, nor over those of a newer
// one. So snapshots come often, and between two hops there are enough writes for them.
const FLAGS = ['--snapshot-count', '200'];
/** Writes between two changes of the version, for a snapshot on each member. */
export const WRITES_PER_HOP = 600;
const PATIENCE_MS = 60_000;
/** Longer than a member is away: what is lost then is lost by a mistake. */
const TTL_SECONDS = 20;
const CONTENDERS = 3;

/** Three members that change their version one after the other, on the same data. */
export class RollingCluster implements AsyncDisposable {
  readonly #places: readonly MemberPlace[];
  readonly #folder: string;
  readonly #members: ServerProcess[] = [];

  private constructor(places: readonly MemberPlace[], folder: string) {
    this.#places = places;
    this.#folder = folder;
  }

  static async start(series: EtcdSeries): Promise<RollingCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-rolling-'));
    const cluster = new RollingCluster(await freePlaces(MEMBERS), folder);
    const members = await Promise.all(
      cluster.#places.map((_, index) => cluster.#make(index, series)),
    );
    cluster.#members.push(...members);
    await Promise.all(members.map((member) => member.start()));
    return cluster;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ endpoint }) => endpoint);
  }

  /** Ends each member in order and starts another version in its place, once the one before serves again. */
  async become(series: EtcdSeries): Promise<void> {
    for (const index of this.#places.keys()) {
      await this.#members[index]?.stop();
      const member = await this.#make(index, series);
      this.#members[index] = member;
      await member.start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #make(index: number, series: EtcdSeries): Promise<ServerProcess> {
    const name = memberName(index);
    const known = this.#places.map(({ host, peerPort }, at) => ({
      name: memberName(at),
      peerUrl: `http://${host}:${peerPort}`,
    }));
    return createServerProcess({
      ...memberContext(name, this.#places[index] as MemberPlace, settingsOf(series, FLAGS)),
      initialCluster: initialCluster(known),
      clusterToken: this.#folder,
      dataFolder: join(this.#folder, name),
    });
  }
}

/** Writes one key after the other, and counts what was acknowledged. */
export class Writer {
  readonly acknowledged = new Set<string>();
  /** Writes whose outcome nobody knows: they may have been applied. */
  readonly unknown = new Set<string>();
  readonly #client: EtcdClient;
  readonly #done: Promise<void>;
  #stopped = false;

  constructor(client: EtcdClient) {
    this.#client = client;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  /** Waits until so many more writes were acknowledged. */
  async more(count: number): Promise<void> {
    const enough = this.acknowledged.size + count;
    await until(() => this.acknowledged.size >= enough, {
      timeoutMs: PATIENCE_MS,
      what: `${count} writes`,
    });
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const key = `written/${String(number).padStart(8, '0')}`;
      try {
        await this.#client.put(key, String(number));
        this.acknowledged.add(key);
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        if (error.outcome === 'unknown') this.unknown.add(key);
      }
    }
  }
}

/** Takes a lock again and again, in several sessions; rejects when two of them hold it. */
class Contention {
  turns = 0;
  readonly #signal: AbortSignal;
  readonly #all: Promise<unknown>;
  #holder: Lock | undefined;

  constructor(client: EtcdClient, signal: AbortSignal) {
    this.#signal = signal;
    this.#all = Promise.all(Array.from({ length: CONTENDERS }, () => this.#contend(client)));
  }

  async ended(): Promise<void> {
    await this.#all;
  }

  async #contend(client: EtcdClient): Promise<void> {
    await using session = await Session.create(client, { ttlSeconds: TTL_SECONDS });
    const mutex = new Mutex(session, 'lock');
    while (!this.#signal.aborted) {
      const lock = await mutex.acquire();
      must(this.#holder?.signal.aborted !== false, 'one session holds the lock at a time');
      this.#holder = lock;
      const fenced = await client
        .txn()
        .if(lock.ownership())
        .then(client.op.put('turns', String(this.turns)))
        .commit({ idempotent: true });
      must(fenced.succeeded, 'the holder of the lock is the owner of its key');
      this.turns += 1;
      this.#holder = undefined;
      await lock.release();
    }
    must(!session.signal.aborted, 'the session lives through the upgrades');
  }
}

/** What changes the version of the members, in the time that it takes. */
export type Change = (cluster: RollingCluster, client: EtcdClient, writer: Writer) => Promise<void>;

/**
 * Changes the version of three members while a client writes, watches, renews a lease, takes a lock and is
 * registered; fails when something of it was lost, doubled or out of order.
 */
export async function underLoad(from: EtcdSeries, change: Change): Promise<Figures> {
  await using cluster = await RollingCluster.start(from);
  await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: PATIENCE_MS });
  const lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
  await client.put('leased', 'v', { lease });
  const registry = new ServiceRegistry(client, 'service');
  await registry.register('instance', { address: 'a:1' }, { ttlSeconds: TTL_SECONDS });
  let lost = 0;
  lease.on('lost', () => (lost += 1));

  const seen: string[] = [];
  const watcher = client
    .prefix('written/')
    .watch()
    .on('put', ({ key }) => void seen.push(key));
  await watcher.ready;
  const stopping = new AbortController();
  const writer = new Writer(client);
  const contention = new Contention(client, stopping.signal);
  const { figures } = await measured(() =>
    Promise.race([change(cluster, client, writer), contention.ended()]),
  );
  await writer.stop();
  stopping.abort();
  await contention.ended();

  const last = [...writer.acknowledged].at(-1);
  await until(() => last !== undefined && seen.includes(last), { timeoutMs: PATIENCE_MS });
  mustBeWhole(seen, writer);
  must(lost === 0 && (await client.get('leased')) !== undefined, 'the lease lives through it');
  must((await registry.list()).has('instance'), 'the service stays registered');
  return {
    'writes that were acknowledged': writer.acknowledged.size,
    'writes of unknown outcome': writer.unknown.size,
    'events, each once and in order': seen.length,
    'turns of the lock': contention.turns,
    ...figures,
  };
}

function mustBeWhole(seen: readonly string[], { acknowledged, unknown }: Writer): void {
  const events = new Set(seen);
  const order = [...seen].sort();
  must(
    order.every((key, index) => key === seen[index]),
    'events come in the order of the writes',
  );
  must(events.size === seen.length, 'no event comes twice');
  const missing = [...acknowledged].filter((key) => !events.has(key));
  must(missing.length === 0, `each acknowledged write is an event (${missing.length} are not)`);
  const invented = seen.filter((key) => !acknowledged.has(key) && !unknown.has(key));
  must(invented.length === 0, 'an event is a write that was acknowledged, or may have been');
}
