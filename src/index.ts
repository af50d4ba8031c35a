import './internal/globals.js';

export type {
  Auth,
  AuthStatus,
  Grantable,
  KeyPermission,
  Permission,
  PermissionScope,
  Role,
  Roles,
  User,
  Users,
} from './admin/auth/index.js';
export type { Cluster, Member, MembersOptions } from './admin/cluster/index.js';
export type {
  Alarm,
  AlarmType,
  DowngradeResult,
  EndpointHealth,
  HashKvOptions,
  HashKvResult,
  HashResult,
  Maintenance,
  MemberStatus,
  SnapshotFile,
  SnapshotOptions,
  SnapshotProgress,
} from './admin/maintenance/index.js';
export { EtcdClient } from './client.js';
export type { ClientEvents } from './client-events.js';
export type { LogFields, LogFunction, Logger } from './diagnostics/logger.js';
export type {
  CallsStatus,
  ClientStatus,
  EndpointStatus,
  LeaseStatus,
  LockStatus,
  WatchStatus,
} from './diagnostics/status.js';
export {
  AbortError,
  AuthenticationError,
  ClientClosedError,
  CompactedError,
  DecodeError,
  type ErrorCode,
  EtcdError,
  InvalidArgumentError,
  ItemDecodeError,
  type Iteration,
  KeyExistsError,
  type LeaseLossReason,
  LeaseLostError,
  LeaseNotFoundError,
  NotLeaderError,
  type OnDecodeError,
  type Outcome,
  PermissionDeniedError,
  SessionLostError,
  TakeUnknownError,
  TimeoutError,
  UnavailableError,
} from './errors/index.js';
export type {
  CompactOptions,
  CompactResult,
  DeleteOpOptions,
  DeleteOptions,
  DeleteResult,
  GetOpOptions,
  GetOptions,
  PutOpOptions,
  PutOptions,
  PutResult,
  RangeResult,
  Selected,
  SortBy,
  SortOrder,
  TouchOptions,
} from './kv/index.js';
export {
  type GrantedLease,
  type GrantOptions,
  Lease,
  type LeaseEvents,
  Leases,
  type LeaseTimeToLive,
  type TimeToLiveOptions,
} from './lease/index.js';
export type { WriteOptions } from './model/call-options.js';
export {
  type Codec,
  codecs,
  SchemaError,
  type StandardSchema,
  type StandardSchemaIssue,
} from './model/codec/index.js';
export type { Header } from './model/header.js';
export type { KeyValue } from './model/key-value.js';
export type { Key } from './model/keys/index.js';
export type { LeaseRef } from './model/lease-ref.js';
export type { EtcdClientOptions } from './options.js';
export type { Environment } from './options-env.js';
export type { BatchingOptions } from './transport/batching/options.js';
export type { RetryOptions } from './transport/call/retry.js';
export type { KeepAliveOptions } from './transport/channel/keep-alive-options.js';
export type { Pem, TlsOptions, TlsSource } from './transport/channel/tls-options.js';
export type { Wire } from './transport/channel/wire.js';
export type { AuthOptions, TokenSource } from './transport/connection/auth-token.js';
export type { EndpointSyncOptions } from './transport/connection/endpoint-sync.js';
export type {
  InterceptedCallOptions,
  Interceptor,
  TransportCalls,
} from './transport/interceptors.js';
export type {
  CallMetadata,
  CallOptions,
  Duplex,
  DuplexHandlers,
  ServerStream,
} from './transport/transport.js';
export {
  type AnyOp,
  Compare,
  type CompareFactory,
  type CompareOperator,
  CompareTarget,
  Op,
  type OpResults,
  Ops,
  Txn,
  type TxnResult,
} from './txn/index.js';
export {
  type CreateOptions,
  DELETE,
  type Delete,
  type FollowChange,
  type FollowDelete,
  type FollowOptions,
  type FollowPut,
  type FollowSnapshot,
  KEEP,
  type Keep,
  Selection,
  type StoredRange,
  type Updated,
  type UpdateOptions,
  type UpdateResult,
  type Updater,
  View,
} from './view/index.js';
export type {
  DeleteEvent,
  PutEvent,
  WatchBatch,
  WatchEvent,
  Watcher,
  WatcherEvents,
  WatchOptions,
  WatchTravelOptions,
} from './watch/index.js';
