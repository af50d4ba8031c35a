import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient, type GrantedLease } from '../../src/index.js';
import { type EtcdServer, startEtcd } from '../support/etcd.js';
import { type Figures, measured, must, type Soak } from './soak.js';

export interface LeaseLoad {
  readonly leases: number;
  readonly ttlSeconds: number;
  readonly seconds: number;
}

/** Grants under way at once. */
const GRANTERS = 50;

/** Keeps many leases alive on one server for a while: one stream, and none may be lost. */
export async function keepMany({ leases, ttlSeconds, seconds }: LeaseLoad): Promise<Figures> {
  await using server = await startEtcd();
  await using client = new EtcdClient({ endpoints: server.endpoint });
  const before = await client.lease.list();
  const streams = await keepAliveStreams(server);
  let renewals = 0;
  let lost = 0;
  const kept: GrantedLease[] = [];
  let left = leases;
  const grantMore = async (): Promise<void> => {
    while (left-- > 0) {
      const lease = await client.lease.grant(ttlSeconds, { keepAlive: true });
      lease.on('renewed', () => renewals++).on('lost', () => lost++);
      kept.push(lease);
    }
  };
  await Promise.all(Array.from({ length: GRANTERS }, grantMore));
  const { figures } = await measured(() => delay(seconds * 1_000));
  must(lost === 0, `none of ${leases} leases is lost (${lost} were)`);
  must(
    kept.every(({ alive }) => alive),
    'all leases are alive',
  );
  const opened = (await keepAliveStreams(server)) - streams;
  must(opened === 1, `one stream was enough (${opened} were opened)`);
  const known = new Set(await client.lease.list());
  must(known.size === before.length + leases, 'the server has all of them');
  must(renewals > 0, 'there were renewals');
  return {
    leases,
    'time to live, s': ttlSeconds,
    ...figures,
    renewals,
    'streams opened': opened,
    lost,
  };
}

/** Keeps one short lease alive for many times its time. */
export async function keepOne({
  ttlSeconds,
  seconds,
}: Omit<LeaseLoad, 'leases'>): Promise<Figures> {
  await using server = await startEtcd();
  await using client = new EtcdClient({ endpoints: server.endpoint });
  const lease = await client.lease.grant(ttlSeconds, { keepAlive: true });
  await client.put('kept', 'yes', { lease });
  let renewals = 0;
  lease.on('renewed', () => renewals++);
  await delay(seconds * 1_000);
  must(
    lease.alive && !lease.signal.aborted,
    `a lease of ${ttlSeconds} s is alive after ${seconds} s`,
  );
  must((await client.get('kept'))?.value === 'yes', 'its key is there');
  lease.detach();
  await delay((ttlSeconds + 2) * 1_000);
  must(lease.signal.aborted && !lease.alive, 'it ends when it is left alone');
  must((await client.get('kept')) === undefined, 'its key goes with it');
  return { [`renewals of a lease of ${ttlSeconds} s in ${seconds} s`]: renewals };
}

function keepAliveStreams(server: EtcdServer): Promise<number> {
  return server.metric('grpc_server_started_total', { grpc_method: 'LeaseKeepAlive' });
}

export const soak: Soak = {
  title: 'Ten thousand leases kept alive over one stream, and a short one for ten times its time',
  run: async () => ({
    ...(await keepMany({ leases: 10_000, ttlSeconds: 60, seconds: 180 })),
    ...(await keepOne({ ttlSeconds: 2, seconds: 20 })),
  }),
};
