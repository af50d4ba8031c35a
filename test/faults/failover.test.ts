import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type CallOptions, EtcdClient, type EtcdError } from '../../src/index.js';
import type { Cluster } from '../support/cluster.js';
import { allConnected, nextEvent } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { describeNamespaces } from '../support/describe-namespaces.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { startPartitionableCluster } from '../support/netns.js';
import { until } from '../support/wait.js';

// The pings are the client's own: every 10 s while a call is open, answered within 3 s. Reads must
// not wait for them.
/** Far more than it takes to find a member dead (1.5 s) and to elect a leader, and less than the pings take. */
const LONGEST_READ_MS = 10_000;
/** The deadline of a read: long after the pings would have told. */
const READ_TIMEOUT_MS = 30_000;
const CALLERS = 6;
/** Between two reads of a caller once the fault is behind it: members that come back need the processor, too. */
const PAUSE_MS = 5;

/** Callers who read one thing after the other, until they are stopped. */
class Readers implements AsyncDisposable {
  longestReadMs = 0;
  reads = 0;
  readonly errors: unknown[] = [];
  #pauseMs = 0;
  readonly #all: Promise<unknown>;
  #stopped = false;

  constructor(client: EtcdClient) {
    // Half of them have no deadline: the time to go elsewhere must not be a share of one.
    this.#all = Promise.all(
      Array.from({ length: CALLERS }, (_, i) =>
        this.#read(client, { timeoutMs: i % 2 === 0 ? READ_TIMEOUT_MS : 0 }),
      ),
    );
  }

  /** Resolves after so many more answers. */
  more(count: number): Promise<unknown> {
    const goal = this.reads + count;
    return until(() => this.reads >= goal, { timeoutMs: 40_000, what: `${count} more reads` });
  }

  /** Has each caller pause between its reads from now on. */
  slowDown(): void {
    this.#pauseMs = PAUSE_MS;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#all;
  }

  /** Whatever fails meanwhile: without a client they would go on in vain, and let nobody else have a turn. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #read(client: EtcdClient, options: CallOptions): Promise<void> {
    while (!this.#stopped) {
      const start = performance.now();
      try {
        await client.get('k', options);
        this.reads++;
      } catch (error) {
        this.errors.push(error);
      }
      this.longestReadMs = Math.max(this.longestReadMs, performance.now() - start);
      if (this.#pauseMs > 0) await delay(this.#pauseMs);
    }
  }
}

/** What is done to a member, and how it is undone. */
interface Fault {
  readonly name: string;
  /** Where the client meets the member. */
  readonly endpoint: string;
  readonly member: EtcdServer;
  fail(): unknown;
  heal(): unknown;
}

function readsOf(member: EtcdServer): Promise<number> {
  return member.metric('grpc_server_handled_total', { grpc_method: 'Range' });
}

/** Reads while a member fails and after it has come back: no read may fail, and none may take long. */
async function readThrough(endpoints: readonly string[], fault: Fault): Promise<void> {
  const { member, endpoint } = fault;
  // One call is one call here: gathered reads would hide where each goes.
  await using client = new EtcdClient({ endpoints, batching: false, timeoutMs: READ_TIMEOUT_MS });
  await allConnected(client);
  await using readers = new Readers(client);
  await readers.more(100);
  const gone = nextEvent(client, 'disconnected', endpoint);
  await fault.fail();
  await gone;
  await readers.more(300);
  readers.slowDown();
  const back = nextEvent(client, 'connected', endpoint);
  await fault.heal();
  await back;
  await member.ready();
  const before = await readsOf(member);
  await until(async () => (await readsOf(member)) > before + 10, { what: 'reads of the member' });
  await readers.stop();
  console.info(`${fault.name}: the longest read took ${Math.round(readers.longestReadMs)} ms`);
  expect(readers.errors).toEqual([]);
  expect(readers.longestReadMs).toBeLessThan(LONGEST_READ_MS);
}

async function members(cluster: Cluster): Promise<{ leader: EtcdServer; follower: EtcdServer }> {
  const leader = await cluster.leader();
  const follower = cluster.members.find((member) => member !== leader);
  if (follower === undefined) throw new Error('there is no follower');
  return { leader, follower };
}

describeEtcd('reads of a cluster', (etcd) => {
  it.each(['leader', 'follower'] as const)(
    'go on while the %s is killed, and use it again when it is back',
    { timeout: 120_000 },
    async (role) => {
      await using cluster = await etcd.cluster();
      const member = (await members(cluster))[role];
      await readThrough(cluster.endpoints, {
        name: `etcd ${etcd.version}, ${role} killed`,
        endpoint: member.endpoint,
        member,
        fail: () => member.kill(),
        heal: () => member.restart(),
      });
    },
  );

  it.each(['leader', 'follower'] as const)(
    'go on while the %s hangs, and use it again when it goes on',
    { timeout: 120_000 },
    async (role) => {
      await using cluster = await etcd.cluster();
      const member = (await members(cluster))[role];
      await readThrough(cluster.endpoints, {
        name: `etcd ${etcd.version}, ${role} paused`,
        endpoint: member.endpoint,
        member,
        fail: () => member.pause(),
        heal: () => member.resume(),
      });
    },
  );

  it('go on while the network to one member drops everything', { timeout: 120_000 }, async () => {
    await using cluster = await etcd.cluster();
    const { follower } = await members(cluster);
    await using proxy = await startProxy({ target: follower.endpoint });
    const others = cluster.endpoints.filter((endpoint) => endpoint !== follower.endpoint);
    await readThrough([...others, proxy.endpoint], {
      name: `etcd ${etcd.version}, way to a follower black-holed`,
      endpoint: proxy.endpoint,
      member: follower,
      fail: () => proxy.freeze(),
      heal: () => proxy.thaw(),
    });
  });
});

describeNamespaces('reads of a partitioned cluster', () => {
  it('go on while a member is silently cut off from all others', { timeout: 120_000 }, async () => {
    await using cluster = await startPartitionableCluster();
    const { leader } = await members(cluster);
    await readThrough(cluster.endpoints, {
      name: 'leader cut off from everyone',
      endpoint: leader.endpoint,
      member: leader,
      fail: () => cluster.partition(leader),
      heal: () => cluster.heal(leader),
    });
  });

  it('go on while a member answers and has no leader', { timeout: 120_000 }, async () => {
    await using cluster = await startPartitionableCluster();
    const { leader: lost } = await members(cluster);
    await using client = new EtcdClient({
      endpoints: cluster.endpoints,
      batching: false,
      timeoutMs: READ_TIMEOUT_MS,
    });
    await allConnected(client);
    await using readers = new Readers(client);
    await readers.more(100);
    await cluster.partition(lost, 'peers');
    await cluster.leader({ except: lost });
    await readers.more(2_000);
    readers.slowDown();
    const before = await readsOf(lost);
    await cluster.heal(lost);
    await until(async () => (await readsOf(lost)) > before + 10, {
      timeoutMs: 40_000,
      what: 'reads of the member that was cut off',
    });
    await readers.stop();
    console.info(
      `leader cut off from its peers: the longest read took ${Math.round(readers.longestReadMs)} ms`,
    );
    expect(readers.errors).toEqual([]);
    expect(readers.longestReadMs).toBeLessThan(LONGEST_READ_MS);
  });
});

/** Puts of distinct keys with a fault among them, and what came of each. */
async function putThrough(
  name: string,
  client: EtcdClient,
  puts: number,
  fail: () => unknown,
): Promise<{ readonly resolved: string[]; readonly failed: Map<string, EtcdError> }> {
  await allConnected(client);
  const resolved: string[] = [];
  const failed = new Map<string, EtcdError>();
  let next = 0;
  let failing: unknown;
  const put = async (): Promise<void> => {
    while (next < puts) {
      const key = `put-${next++}`;
      if (next > puts / 3) failing ??= fail();
      await client.put(key, 'v').then(
        () => resolved.push(key),
        (error: EtcdError) => failed.set(key, error),
      );
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, put));
  await failing;
  const unknown = [...failed.values()].filter(({ outcome }) => outcome === 'unknown').length;
  console.info(`${name}: ${resolved.length} of ${puts} puts resolved, ${unknown} are unknown`);
  expect(resolved.length + failed.size).toBe(puts);
  return { resolved, failed };
}

/** Every put that resolved is there, and every one that rejected with proof that it is not, is not. */
async function expectHonest(
  endpoints: readonly string[],
  { resolved, failed }: { readonly resolved: string[]; readonly failed: Map<string, EtcdError> },
): Promise<void> {
  await using client = new EtcdClient({ endpoints, timeoutMs: READ_TIMEOUT_MS });
  const there = new Set((await client.prefix('put-').all()).kvs.map(({ key }) => key));
  expect(resolved.filter((key) => !there.has(key))).toEqual([]);
  for (const [key, { outcome, retryable }] of failed) {
    if (outcome !== 'unknown') expect(there).not.toContain(key);
    expect(retryable).toBe(outcome !== 'unknown');
  }
}

const WRITERS = 20;

describeEtcd('writes of a cluster', (etcd) => {
  it('report the true outcome when the leader is killed during them', {
    timeout: 120_000,
  }, async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const leader = await cluster.leader();
    const name = `etcd ${etcd.version}, leader killed`;
    const results = await putThrough(name, client, 1_000, () => leader.kill());
    await expectHonest(cluster.endpoints, results);
  });

  it.each(['leader', 'follower'] as const)(
    'report the true outcome when the %s hangs during them, and goes on later',
    { timeout: 120_000 },
    async (role) => {
      await using cluster = await etcd.cluster();
      await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: 2_000 });
      const member = (await members(cluster))[role];
      const name = `etcd ${etcd.version}, ${role} paused`;
      const results = await putThrough(name, client, 600, () => member.pause());
      // What it had received and not yet done may be done now; only unknown puts may appear.
      await member.resume();
      await cluster.waitHealthy();
      await expectHonest(cluster.endpoints, results);
    },
  );

  it('report the true outcome when the network to one member drops everything', {
    timeout: 120_000,
  }, async () => {
    await using cluster = await etcd.cluster();
    const { leader } = await members(cluster);
    await using proxy = await startProxy({ target: leader.endpoint });
    const others = cluster.endpoints.filter((endpoint) => endpoint !== leader.endpoint);
    await using client = new EtcdClient({
      endpoints: [...others, proxy.endpoint],
      timeoutMs: 2_000,
    });
    const name = `etcd ${etcd.version}, way to the leader black-holed`;
    const results = await putThrough(name, client, 600, () => proxy.freeze());
    proxy.thaw();
    await expectHonest(cluster.endpoints, results);
  });
});
