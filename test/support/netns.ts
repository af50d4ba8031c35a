import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../scripts/etcd/run.mjs';
import { type Guard, startGuard } from '../../src/testing/server/guard.js';
import { type Cluster, type StartClusterOptions, startCluster } from './cluster.js';
import type { EtcdServer } from './etcd.js';

// 198.18.0.0/15 is set aside for tests of networks, so it hides no real host.
const SUBNET_BASE = '198.18';
const SUBNETS = 254;
const SUBNET_ATTEMPTS = 10;
const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
// `ip` lives where the PATH of ordinary users does not look.
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

let unavailable: Promise<string | undefined> | undefined;

/** Why network namespaces cannot be used here, `undefined` if they can. Tried out once, with a real one. */
export function namespacesUnavailable(): Promise<string | undefined> {
  unavailable ??= tryNamespaces();
  return unavailable;
}

/** Whether {@link startPartitionableCluster} works on this machine. */
export async function canUseNamespaces(): Promise<boolean> {
  return (await namespacesUnavailable()) === undefined;
}

/** From whom a member is cut off: from everyone, or from the other members while clients still reach it. */
export type PartitionKind = 'everyone' | 'peers';

/** A cluster whose members live in network namespaces of their own, joined by a bridge. */
export interface PartitionableCluster extends Cluster {
  /** Cuts a member off in silence: packets vanish, no connection is closed. */
  partition(member: EtcdServer, from?: PartitionKind): Promise<void>;
  /** Joins it to the others again. */
  heal(member: EtcdServer): Promise<void>;
}

/**
 * Starts a cluster of three across network namespaces. Needs root and `ip`: see `describeNamespaces`.
 *
 * @example
 * await using cluster = await startPartitionableCluster();
 * await cluster.partition(await cluster.leader());
 */
export async function startPartitionableCluster(
  options: Omit<StartClusterOptions, 'places'> = {},
): Promise<PartitionableCluster> {
  const network = await createNetwork(options.size ?? 3);
  try {
    const cluster = await startCluster({
      ...options,
      places: network.nodes.map(({ namespace, address }) => ({
        host: address,
        clientPort: CLIENT_PORT,
        peerPort: PEER_PORT,
        prefix: ['env', `PATH=${PATH}`, 'ip', 'netns', 'exec', namespace],
      })),
    });
    return asPartitionable(cluster, network);
  } catch (error) {
    await network.guard.release();
    throw error;
  }
}

interface Node {
  readonly namespace: string;
  /** The end of its cable that is plugged into the bridge. */
  readonly port: string;
  readonly address: string;
  readonly hardwareAddress: string;
}

interface Network {
  readonly nodes: readonly Node[];
  readonly guard: Guard;
}

function asPartitionable(cluster: Cluster, { nodes, guard }: Network): PartitionableCluster {
  const nodeOf = (member: EtcdServer): Node => {
    const node = nodes.find(({ address }) => address === member.host);
    if (node === undefined) throw new Error(`${member.name} is no member of this cluster`);
    return node;
  };
  const peersOf = (node: Node) => nodes.filter((other) => other !== node);
  const stopCluster = cluster.stop.bind(cluster);
  const stop = async () => {
    await stopCluster();
    await guard.release();
  };
  return Object.assign(cluster, {
    partition: async (member: EtcdServer, from: PartitionKind = 'everyone') => {
      const node = nodeOf(member);
      if (from === 'everyone') return ip('link', 'set', node.port, 'down');
      for (const peer of peersOf(node)) {
        // Both ways: what only one side drops would still arrive from the other.
        await ip('-n', node.namespace, 'route', 'replace', 'blackhole', `${peer.address}/32`);
        await ip('-n', peer.namespace, 'route', 'replace', 'blackhole', `${node.address}/32`);
      }
    },
    heal: async (member: EtcdServer) => {
      const node = nodeOf(member);
      await ip('link', 'set', node.port, 'up');
      for (const peer of peersOf(node)) {
        await tryIp('-n', node.namespace, 'route', 'del', 'blackhole', `${peer.address}/32`);
        await tryIp('-n', peer.namespace, 'route', 'del', 'blackhole', `${node.address}/32`);
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  });
}

async function createNetwork(size: number): Promise<Network> {
  const { bridge, subnet } = await createBridge();
  const nodes = Array.from({ length: size }, (_, index) => ({
    namespace: `${bridge}n${index + 1}`,
    port: `${bridge}p${index + 1}`,
    address: `${subnet}.${index + 2}`,
    // The second lowest bit of the first byte marks an address as made up.
    hardwareAddress: `02:00:00:00:00:0${index + 2}`,
  }));
  // The kernel takes its time to tear a namespace down, so its cable goes first. Names are our own: nothing to quote.
  const cleanUp = [
    `PATH=$PATH:/usr/sbin:/sbin`,
    ...nodes.map(({ port }) => `ip link del ${port} 2>/dev/null`),
    ...nodes.map(({ namespace }) => `ip netns del ${namespace} 2>/dev/null`),
    `ip link del ${bridge} 2>/dev/null`,
  ].join('\n');
  const guard = startGuard(await mkdtemp(join(tmpdir(), 'etcd-kit-net-')), cleanUp);
  try {
    await ip('addr', 'add', `${subnet}.1/24`, 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    for (const { namespace, port, address, hardwareAddress } of nodes) {
      await ip('netns', 'add', namespace);
      await ip(
        ...['link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0'],
        ...['address', hardwareAddress, 'netns', namespace],
      );
      await ip('link', 'set', port, 'master', bridge, 'up');
      await ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
      await ip('-n', namespace, 'link', 'set', 'lo', 'up');
      // Without asking who has the address, a client meets silence, as beyond a router, and not "no route to host".
      await ip(
        ...['neigh', 'replace', address, 'lladdr', hardwareAddress],
        ...['dev', bridge, 'nud', 'permanent'],
      );
    }
  } catch (error) {
    await guard.release();
    throw error;
  }
  return { nodes, guard };
}

/** The bridge carries the number of its subnet in its name, so making it reserves the subnet. */
async function createBridge(): Promise<{ bridge: string; subnet: string }> {
  for (let attempt = 1; ; attempt++) {
    const number = 1 + Math.floor(Math.random() * SUBNETS);
    const bridge = `etcdkit${number}`;
    const failure = await tryIp('link', 'add', bridge, 'type', 'bridge');
    if (failure === undefined) return { bridge, subnet: `${SUBNET_BASE}.${number}` };
    if (attempt === SUBNET_ATTEMPTS) throw new Error(failure);
  }
}

async function tryNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const probe = `etcdkit-probe-${process.pid}`;
  const failure = await tryIp('netns', 'add', probe);
  await tryIp('netns', 'del', probe);
  return failure === undefined ? undefined : `network namespaces cannot be made here: ${failure}`;
}

async function ip(...args: string[]): Promise<void> {
  const failure = await tryIp(...args);
  if (failure !== undefined) throw new Error(failure);
}

/** What went wrong, `undefined` if nothing did. */
async function tryIp(...args: string[]): Promise<string | undefined> {
  const env = { ...process.env, PATH };
  const result = await run('ip', args, { env }).catch((error: Error) => ({
    code: 1,
    stderr: error.message,
  }));
  return result.code === 0 ? undefined : `ip ${args.join(' ')}: ${result.stderr.trim()}`;
}
