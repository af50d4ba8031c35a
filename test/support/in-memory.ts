import type { EtcdClient, EtcdClientOptions } from '../../src/index.js';

/** True in the runs that give suites an etcd in memory in place of a real one (`npm run test:memory`). */
export const IN_MEMORY = process.env['ETCD_KIT_MEMORY'] === '1';

/** The versions that such suites run as: the newest; all of them with ETCD_KIT_MATRIX=1. */
export const MEMORY_SERIES =
  process.env['ETCD_KIT_MATRIX'] === '1'
    ? (['3.4', '3.5', '3.6', '3.7'] as const)
    : (['3.7'] as const);

/** Makes clients within this process. */
export interface ClientMaker {
  client(options: Partial<EtcdClientOptions>): EtcdClient;
}

/** The clusters in memory behind what suites take for servers: clients of those need no port. */
export const clientMakers = new WeakMap<object, ClientMaker>();
