import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from 'etcd-kit';
import { type Cluster, startCluster } from '../support/cluster.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { dice } from '../support/hurt.js';
import type { PartitionableCluster } from '../support/netns.js';
import type { EtcdSeries } from '../support/versions.js';
import { troubleLinks, troubleMembers } from './faults.js';
import { Histories, type Tally } from './histories.js';
import { lock, register } from './models.js';
import { useLock, useRegisters } from './programs.js';

/** Settings of a run on one cluster. */
export interface PlayOptions {
  readonly version: EtcdSeries;
  readonly durationMs: number;
  readonly seed: number;
  /** Starts a cluster of which parts can be cut off. Default: one without. */
  readonly startPartitionable?:
    | ((options: { readonly version: EtcdSeries }) => Promise<PartitionableCluster>)
    | undefined;
}

/** The numbers of a run. */
export interface PlayResult {
  readonly version: string;
  readonly registers: Tally;
  readonly locks: Tally;
  readonly faults: ReadonlyMap<string, number>;
  readonly tookMs: number;
  /** Why it ended before its time: what was recorded until then is judged all the same. */
  readonly brokeOff: unknown;
}

const REGISTER_CLIENTS = 5;
const LOCK_CLIENTS = 4;
const REGISTERS = 3;
const USES_OF_A_REGISTER = 150;
const USES_OF_A_LOCK = 40;

/** Records what clients of a real cluster do while it is hurt, and checks it. */
export async function play(options: PlayOptions): Promise<PlayResult> {
  const { version, durationMs, seed, startPartitionable } = options;
  const cluster: Cluster = await (startPartitionable ?? startCluster)({ version });
  const proxies: FaultProxy[] = [];
  const clients: EtcdClient[] = [];
  try {
    for (const { endpoint } of cluster.members) {
      proxies.push(await startProxy({ target: endpoint }));
    }
    const registers = new Histories({
      ...{ model: register, prefix: 'register/' },
      ...{ atATime: REGISTERS, longest: USES_OF_A_REGISTER },
    });
    const locks = new Histories({
      ...{ model: lock, prefix: 'lock/' },
      ...{ atATime: 1, longest: USES_OF_A_LOCK },
    });
    const over = new AbortController();
    const stage = { random: dice(seed), over: over.signal };
    // Every other client is behind the proxies.
    const client = (index: number): EtcdClient => {
      const ways: readonly { readonly endpoint: string }[] =
        index % 2 === 0 ? proxies : cluster.members;
      const made = new EtcdClient({ endpoints: ways.map(({ endpoint }) => endpoint) });
      clients.push(made);
      return made;
    };
    const programs = [
      ...Array.from({ length: REGISTER_CLIENTS }, (_, index) =>
        useRegisters(client(index), index, registers, REGISTERS, stage),
      ),
      ...Array.from({ length: LOCK_CLIENTS }, (_, index) =>
        useLock(client(index), index, locks, stage),
      ),
    ];
    const faults = new Map<string, number>();
    const partitions = startPartitionable && (cluster as PartitionableCluster);
    const place = { cluster, proxies, partitions, faults, over: over.signal };
    const everything = [
      ...programs,
      troubleMembers({ ...place, random: dice(seed + 1) }),
      troubleLinks({ ...place, random: dice(seed + 2) }),
    ];
    const begunAt = performance.now();
    const time = delay(durationMs, undefined, { signal: over.signal });
    await Promise.race([time, Promise.all(everything)]).catch(() => {});
    const tookMs = performance.now() - begunAt;
    over.abort();
    await time.catch(() => {});
    const broken = (await Promise.allSettled(everything)).find(
      (one): one is PromiseRejectedResult => one.status === 'rejected',
    );
    return {
      version: cluster.members[0]?.version ?? version,
      registers: registers.finish(),
      locks: locks.finish(),
      faults,
      tookMs,
      brokeOff: broken?.reason,
    };
  } finally {
    await Promise.all(clients.map((each) => each.close()));
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await cluster.stop();
  }
}
