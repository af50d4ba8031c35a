// Made from proto/ by "npm run codegen". Do not edit.

import type { RpcCallOptions, RpcDuplex, RpcStream } from '../rpc-caller.js';
import type {
  AlarmRequestInput,
  AlarmResponse,
  AuthDisableRequestInput,
  AuthDisableResponse,
  AuthEnableRequestInput,
  AuthEnableResponse,
  AuthRoleAddRequestInput,
  AuthRoleAddResponse,
  AuthRoleDeleteRequestInput,
  AuthRoleDeleteResponse,
  AuthRoleGetRequestInput,
  AuthRoleGetResponse,
  AuthRoleGrantPermissionRequestInput,
  AuthRoleGrantPermissionResponse,
  AuthRoleListRequestInput,
  AuthRoleListResponse,
  AuthRoleRevokePermissionRequestInput,
  AuthRoleRevokePermissionResponse,
  AuthStatusRequestInput,
  AuthStatusResponse,
  AuthUserAddRequestInput,
  AuthUserAddResponse,
  AuthUserChangePasswordRequestInput,
  AuthUserChangePasswordResponse,
  AuthUserDeleteRequestInput,
  AuthUserDeleteResponse,
  AuthUserGetRequestInput,
  AuthUserGetResponse,
  AuthUserGrantRoleRequestInput,
  AuthUserGrantRoleResponse,
  AuthUserListRequestInput,
  AuthUserListResponse,
  AuthUserRevokeRoleRequestInput,
  AuthUserRevokeRoleResponse,
  AuthenticateRequestInput,
  AuthenticateResponse,
  CampaignRequestInput,
  CampaignResponse,
  CompactionRequestInput,
  CompactionResponse,
  DefragmentRequestInput,
  DefragmentResponse,
  DeleteRangeRequestInput,
  DeleteRangeResponse,
  DowngradeRequestInput,
  DowngradeResponse,
  HashKVRequestInput,
  HashKVResponse,
  HashRequestInput,
  HashResponse,
  LeaderRequestInput,
  LeaderResponse,
  LeaseGrantRequestInput,
  LeaseGrantResponse,
  LeaseKeepAliveRequestInput,
  LeaseKeepAliveResponse,
  LeaseLeasesRequestInput,
  LeaseLeasesResponse,
  LeaseRevokeRequestInput,
  LeaseRevokeResponse,
  LeaseTimeToLiveRequestInput,
  LeaseTimeToLiveResponse,
  LockRequestInput,
  LockResponse,
  MemberAddRequestInput,
  MemberAddResponse,
  MemberListRequestInput,
  MemberListResponse,
  MemberPromoteRequestInput,
  MemberPromoteResponse,
  MemberRemoveRequestInput,
  MemberRemoveResponse,
  MemberUpdateRequestInput,
  MemberUpdateResponse,
  MoveLeaderRequestInput,
  MoveLeaderResponse,
  ProclaimRequestInput,
  ProclaimResponse,
  PutRequestInput,
  PutResponse,
  RangeRequestInput,
  RangeResponse,
  RangeStreamResponse,
  ResignRequestInput,
  ResignResponse,
  SnapshotRequestInput,
  SnapshotResponse,
  StatusRequestInput,
  StatusResponse,
  TxnRequestInput,
  TxnResponse,
  UnlockRequestInput,
  UnlockResponse,
  WatchRequestInput,
  WatchResponse,
} from './types.js';

/** The stubs of `etcdserverpb.KV`. */
export interface KvRpc {
  /** `KV.Range`. */
  range(request: RangeRequestInput, options?: RpcCallOptions): Promise<RangeResponse>;
  /** `KV.RangeStream`. A range in chunks, all of one revision. Since 3.7. */
  rangeStream(request: RangeRequestInput, options?: RpcCallOptions): RpcStream<RangeStreamResponse>;
  /** `KV.Put`. */
  put(request: PutRequestInput, options?: RpcCallOptions): Promise<PutResponse>;
  /** `KV.DeleteRange`. */
  deleteRange(request: DeleteRangeRequestInput, options?: RpcCallOptions): Promise<DeleteRangeResponse>;
  /** `KV.Txn`. Several operations as one atomic step, chosen by comparisons. */
  txn(request: TxnRequestInput, options?: RpcCallOptions): Promise<TxnResponse>;
  /** `KV.Compact`. Forgets the history below a revision. */
  compact(request: CompactionRequestInput, options?: RpcCallOptions): Promise<CompactionResponse>;
}

/** The stubs of `etcdserverpb.Watch`. */
export interface WatchRpc {
  /** `Watch.Watch`. Many watchers on one stream, told apart by their watch ids. */
  watch(options?: RpcCallOptions): RpcDuplex<WatchRequestInput, WatchResponse>;
}

/** The stubs of `etcdserverpb.Lease`. */
export interface LeaseRpc {
  /** `Lease.LeaseGrant`. */
  leaseGrant(request: LeaseGrantRequestInput, options?: RpcCallOptions): Promise<LeaseGrantResponse>;
  /** `Lease.LeaseRevoke`. Ends a lease and deletes the keys that hang on it. */
  leaseRevoke(request: LeaseRevokeRequestInput, options?: RpcCallOptions): Promise<LeaseRevokeResponse>;
  /** `Lease.LeaseKeepAlive`. Renews leases, one answer for each request, on one stream for as many leases as wanted. */
  leaseKeepAlive(options?: RpcCallOptions): RpcDuplex<LeaseKeepAliveRequestInput, LeaseKeepAliveResponse>;
  /** `Lease.LeaseTimeToLive`. Since 3.1. */
  leaseTimeToLive(request: LeaseTimeToLiveRequestInput, options?: RpcCallOptions): Promise<LeaseTimeToLiveResponse>;
  /** `Lease.LeaseLeases`. Since 3.3. */
  leaseLeases(request?: LeaseLeasesRequestInput, options?: RpcCallOptions): Promise<LeaseLeasesResponse>;
}

/** The stubs of `etcdserverpb.Cluster`. */
export interface ClusterRpc {
  /** `Cluster.MemberAdd`. */
  memberAdd(request: MemberAddRequestInput, options?: RpcCallOptions): Promise<MemberAddResponse>;
  /** `Cluster.MemberRemove`. */
  memberRemove(request: MemberRemoveRequestInput, options?: RpcCallOptions): Promise<MemberRemoveResponse>;
  /** `Cluster.MemberUpdate`. */
  memberUpdate(request: MemberUpdateRequestInput, options?: RpcCallOptions): Promise<MemberUpdateResponse>;
  /** `Cluster.MemberList`. */
  memberList(request: MemberListRequestInput, options?: RpcCallOptions): Promise<MemberListResponse>;
  /** `Cluster.MemberPromote`. Makes a learner that has caught up a voting member. Since 3.4. */
  memberPromote(request: MemberPromoteRequestInput, options?: RpcCallOptions): Promise<MemberPromoteResponse>;
}

/** The stubs of `etcdserverpb.Maintenance`. */
export interface MaintenanceRpc {
  /** `Maintenance.Alarm`. */
  alarm(request: AlarmRequestInput, options?: RpcCallOptions): Promise<AlarmResponse>;
  /** `Maintenance.Status`. About the member that answers. */
  status(request?: StatusRequestInput, options?: RpcCallOptions): Promise<StatusResponse>;
  /** `Maintenance.Defragment`. Gives free space of the member's database file back; the member stands still meanwhile. */
  defragment(request?: DefragmentRequestInput, options?: RpcCallOptions): Promise<DefragmentResponse>;
  /** `Maintenance.Hash`. Hash of the member's whole database file, its history included. */
  hash(request?: HashRequestInput, options?: RpcCallOptions): Promise<HashResponse>;
  /** `Maintenance.HashKV`. Hash of the keys up to a revision: equal on all healthy members. Since 3.3. */
  hashKv(request: HashKVRequestInput, options?: RpcCallOptions): Promise<HashKVResponse>;
  /** `Maintenance.Snapshot`. The member's database file in chunks, its SHA-256 at the end. Since 3.3. */
  snapshot(request?: SnapshotRequestInput, options?: RpcCallOptions): RpcStream<SnapshotResponse>;
  /** `Maintenance.MoveLeader`. Hands the lead over; only the leader accepts it. Since 3.3. */
  moveLeader(request: MoveLeaderRequestInput, options?: RpcCallOptions): Promise<MoveLeaderResponse>;
  /** `Maintenance.Downgrade`. Since 3.5. */
  downgrade(request: DowngradeRequestInput, options?: RpcCallOptions): Promise<DowngradeResponse>;
}

/** The stubs of `etcdserverpb.Auth`. */
export interface AuthRpc {
  /** `Auth.AuthEnable`. */
  authEnable(request?: AuthEnableRequestInput, options?: RpcCallOptions): Promise<AuthEnableResponse>;
  /** `Auth.AuthDisable`. */
  authDisable(request?: AuthDisableRequestInput, options?: RpcCallOptions): Promise<AuthDisableResponse>;
  /** `Auth.AuthStatus`. Since 3.5. */
  authStatus(request?: AuthStatusRequestInput, options?: RpcCallOptions): Promise<AuthStatusResponse>;
  /** `Auth.Authenticate`. Trades a name and a password for a token. */
  authenticate(request: AuthenticateRequestInput, options?: RpcCallOptions): Promise<AuthenticateResponse>;
  /** `Auth.UserAdd`. */
  userAdd(request: AuthUserAddRequestInput, options?: RpcCallOptions): Promise<AuthUserAddResponse>;
  /** `Auth.UserGet`. */
  userGet(request: AuthUserGetRequestInput, options?: RpcCallOptions): Promise<AuthUserGetResponse>;
  /** `Auth.UserList`. */
  userList(request?: AuthUserListRequestInput, options?: RpcCallOptions): Promise<AuthUserListResponse>;
  /** `Auth.UserDelete`. */
  userDelete(request: AuthUserDeleteRequestInput, options?: RpcCallOptions): Promise<AuthUserDeleteResponse>;
  /** `Auth.UserChangePassword`. */
  userChangePassword(request: AuthUserChangePasswordRequestInput, options?: RpcCallOptions): Promise<AuthUserChangePasswordResponse>;
  /** `Auth.UserGrantRole`. */
  userGrantRole(request: AuthUserGrantRoleRequestInput, options?: RpcCallOptions): Promise<AuthUserGrantRoleResponse>;
  /** `Auth.UserRevokeRole`. */
  userRevokeRole(request: AuthUserRevokeRoleRequestInput, options?: RpcCallOptions): Promise<AuthUserRevokeRoleResponse>;
  /** `Auth.RoleAdd`. */
  roleAdd(request: AuthRoleAddRequestInput, options?: RpcCallOptions): Promise<AuthRoleAddResponse>;
  /** `Auth.RoleGet`. */
  roleGet(request: AuthRoleGetRequestInput, options?: RpcCallOptions): Promise<AuthRoleGetResponse>;
  /** `Auth.RoleList`. */
  roleList(request?: AuthRoleListRequestInput, options?: RpcCallOptions): Promise<AuthRoleListResponse>;
  /** `Auth.RoleDelete`. */
  roleDelete(request: AuthRoleDeleteRequestInput, options?: RpcCallOptions): Promise<AuthRoleDeleteResponse>;
  /** `Auth.RoleGrantPermission`. */
  roleGrantPermission(request: AuthRoleGrantPermissionRequestInput, options?: RpcCallOptions): Promise<AuthRoleGrantPermissionResponse>;
  /** `Auth.RoleRevokePermission`. */
  roleRevokePermission(request: AuthRoleRevokePermissionRequestInput, options?: RpcCallOptions): Promise<AuthRoleRevokePermissionResponse>;
}

/** The stubs of `v3electionpb.Election`. */
export interface ElectionRpc {
  /** `Election.Campaign`. Answers when the caller leads, however long that takes. */
  campaign(request: CampaignRequestInput, options?: RpcCallOptions): Promise<CampaignResponse>;
  /** `Election.Proclaim`. Replaces the value of the leader that makes the call. */
  proclaim(request: ProclaimRequestInput, options?: RpcCallOptions): Promise<ProclaimResponse>;
  /** `Election.Leader`. */
  leader(request: LeaderRequestInput, options?: RpcCallOptions): Promise<LeaderResponse>;
  /** `Election.Observe`. Tells every leader and every new value, in order, without end. */
  observe(request: LeaderRequestInput, options?: RpcCallOptions): RpcStream<LeaderResponse>;
  /** `Election.Resign`. */
  resign(request: ResignRequestInput, options?: RpcCallOptions): Promise<ResignResponse>;
}

/** The stubs of `v3lockpb.Lock`. */
export interface LockRpc {
  /** `Lock.Lock`. Answers when the caller holds the lock, however long that takes. */
  lock(request: LockRequestInput, options?: RpcCallOptions): Promise<LockResponse>;
  /** `Lock.Unlock`. */
  unlock(request: UnlockRequestInput, options?: RpcCallOptions): Promise<UnlockResponse>;
}

/** Typed stubs of every RPC, by service. */
export interface Rpc {
  /** The RPCs of `etcdserverpb.KV`. */
  readonly kv: KvRpc;
  /** The RPCs of `etcdserverpb.Watch`. */
  readonly watch: WatchRpc;
  /** The RPCs of `etcdserverpb.Lease`. */
  readonly lease: LeaseRpc;
  /** The RPCs of `etcdserverpb.Cluster`. */
  readonly cluster: ClusterRpc;
  /** The RPCs of `etcdserverpb.Maintenance`. */
  readonly maintenance: MaintenanceRpc;
  /** The RPCs of `etcdserverpb.Auth`. */
  readonly auth: AuthRpc;
  /** The RPCs of `v3electionpb.Election`. */
  readonly election: ElectionRpc;
  /** The RPCs of `v3lockpb.Lock`. */
  readonly lock: LockRpc;
}
