/** Locks, elections, barriers and transactional memory: keys and waits as the Go client and etcdctl have them. */
export type { AcquireOptions, ReleaseOptions, WithLockOptions } from './acquire-options.js';
export { Barrier } from './barrier.js';
export { DoubleBarrier, Participation } from './double-barrier.js';
export { Election, type ElectionOptions } from './election.js';
export type { Holding } from './holding.js';
export { Leadership } from './leadership.js';
export { Lock } from './lock.js';
export type { LockState } from './lock-state.js';
export { Mutex } from './mutex.js';
export type { LeaderIterator, ObserveOptions } from './observe.js';
export { Permit } from './permit.js';
export { ReadWriteMutex } from './read-write-mutex.js';
export { type RunAsLeaderOptions, runAsLeader } from './run-as-leader.js';
export { Semaphore } from './semaphore.js';
export { Session, type SessionOptions } from './session.js';
export { type StmIsolation, type StmOptions, stm } from './stm.js';
export { type StmKeyOptions, type StmPutOptions, StmTransaction } from './stm-transaction.js';
