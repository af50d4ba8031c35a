export type { MemoryPort } from './grpc-port.js';
export { type ListenOptions, MemoryEtcd, type MemoryEtcdOptions } from './memory-etcd.js';
export type { MemoryMember } from './memory-member.js';
export type { MemoryEtcdVersion } from './series.js';
export type { FreezeDirection, MemoryFaults } from './world/faults.js';
