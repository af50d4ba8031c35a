import '../internal/globals.js';

export { EtcdDownloadError, EtcdNotFoundError, EtcdStartError } from './errors.js';
export {
  type FreezeDirection,
  type ListenOptions,
  MemoryEtcd,
  type MemoryEtcdOptions,
  type MemoryEtcdVersion,
  type MemoryFaults,
  type MemoryMember,
  type MemoryPort,
} from './memory/index.js';
export {
  type CutPoint,
  type FaultProxy,
  type PlannedCut,
  startFaultProxy,
} from './proxy/fault-proxy.js';
export { type EtcdCluster, type StartClusterOptions, startCluster } from './server/cluster.js';
export type { EtcdServer, ServerClientOptions } from './server/etcd-server.js';
export { type StartEtcdOptions, startEtcd } from './server/start-etcd.js';
export type { ServerTlsOptions } from './server/tls.js';
