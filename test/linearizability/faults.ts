import { setTimeout as delay } from 'node:timers/promises';
import { EtcdStartError } from 'etcd-kit/testing';
import type { Cluster } from '../support/cluster.js';
import type { EtcdServer } from '../support/etcd.js';
import type { FaultProxy } from '../support/fault-proxy.js';
import type { PartitionKind } from '../support/netns.js';

/** The cluster that has faults, and the proxies between it and some of its clients. */
export interface FaultyPlace {
  readonly cluster: Cluster;
  readonly proxies: readonly FaultProxy[];
  /** Cuts members off, where the machine allows it. */
  readonly partitions:
    | {
        partition(member: EtcdServer, from: PartitionKind): Promise<void>;
        heal(member: EtcdServer): Promise<void>;
      }
    | undefined;
  /** Counts the faults by their names. */
  readonly faults: Map<string, number>;
  random(): number;
  readonly over: AbortSignal;
}

const SHORTEST_MS = 300;
const LONGEST_MS = 4_000;
const LONGEST_DELAY_MS = 200;
const MOST_LOST_REPLIES = 3;
/** With the 30 s of each, a member has five minutes to come back. */
const MOST_STARTS = 10;
/** Every third fault of a member hits the one that leads. */
const LEADER_SHARE = 1 / 3;

/** Begins a fault and resolves when it has ended. */
type Fault = (place: FaultyPlace) => Promise<void>;

type Faults = Readonly<Record<string, Fault>>;

const OF_MEMBERS: Faults = {
  async kill(place) {
    const member = await memberOf(place);
    await member.kill();
    await lasting(place);
    await startAgain(member);
  },
  async pause(place) {
    const member = await memberOf(place);
    await member.pause();
    await lasting(place);
    await member.resume();
  },
  partition: (place) => partitioned(place, 'everyone'),
  'partition of peers': (place) => partitioned(place, 'peers'),
};

const OF_LINKS: Faults = {
  async cut(place) {
    proxyOf(place).resetAll();
    await lasting(place);
  },
  async freeze(place) {
    const proxy = proxyOf(place);
    proxy.freeze((['toServer', 'toClient', 'both'] as const)[Math.floor(place.random() * 3)]);
    await lasting(place);
    proxy.thaw();
    // What was held up is of another time: some of it is lost, some arrives late.
    if (place.random() < 1 / 2) proxy.resetAll();
  },
  async 'lost replies'(place) {
    proxyOf(place).loseReplies(1 + Math.floor(place.random() * MOST_LOST_REPLIES));
    await lasting(place);
  },
  async delay(place) {
    const proxy = proxyOf(place);
    proxy.latency(place.random() * LONGEST_DELAY_MS);
    await lasting(place);
    proxy.latency(0);
  },
};

const NEED_NAMESPACES = new Set(['partition', 'partition of peers']);

/** Has members fail, one after the other, until it is over. */
export async function troubleMembers(place: FaultyPlace): Promise<void> {
  const able = place.partitions !== undefined;
  const names = Object.keys(OF_MEMBERS).filter((name) => able || !NEED_NAMESPACES.has(name));
  await trouble(place, OF_MEMBERS, names);
}

/** Has links between clients and members fail, one after the other, until it is over. */
export async function troubleLinks(place: FaultyPlace): Promise<void> {
  await trouble(place, OF_LINKS, Object.keys(OF_LINKS));
}

async function trouble(
  place: FaultyPlace,
  faults: Faults,
  names: readonly string[],
): Promise<void> {
  while (!place.over.aborted) {
    const name = names[Math.floor(place.random() * names.length)] ?? '';
    await faults[name]?.(place);
    place.faults.set(name, (place.faults.get(name) ?? 0) + 1);
    await lasting(place);
  }
}

/** On a machine that is very busy a member may need more than one start. */
async function startAgain(member: EtcdServer): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await member.start();
      return;
    } catch (error) {
      if (!(error instanceof EtcdStartError) || attempt === MOST_STARTS) throw error;
    }
  }
}

async function partitioned(place: FaultyPlace, kind: PartitionKind): Promise<void> {
  const member = await memberOf(place);
  await place.partitions?.partition(member, kind);
  await lasting(place);
  await place.partitions?.heal(member);
}

async function memberOf({ cluster, random }: FaultyPlace): Promise<EtcdServer> {
  if (random() < LEADER_SHARE) {
    // On a machine that is very busy there may be none for long: then any other will do.
    const leader = await cluster.leader().catch(() => undefined);
    if (leader !== undefined) return leader;
  }
  const member = cluster.members[Math.floor(random() * cluster.members.length)];
  if (member === undefined) throw new Error('the cluster has no members');
  return member;
}

function proxyOf({ proxies, random }: FaultyPlace): FaultProxy {
  const proxy = proxies[Math.floor(random() * proxies.length)];
  if (proxy === undefined) throw new Error('there are no proxies');
  return proxy;
}

/** Waits for a part of the time of a fault; it ends early when all is over. */
async function lasting({ random, over }: FaultyPlace): Promise<void> {
  await delay(SHORTEST_MS + random() * LONGEST_MS, undefined, { signal: over }).catch(() => {});
}
