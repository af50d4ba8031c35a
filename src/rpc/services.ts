import { coldMethods, hotMethod } from './define-method.js';
import { readAuthenticateResponse, writeAuthenticateRequest } from './wire/authenticate.js';
import { readDeleteRangeResponse, writeDeleteRangeRequest } from './wire/delete-range.js';
import { readLeaderResponse, writeLeaderRequest } from './wire/leader.js';
import {
  readLeaseGrantResponse,
  readLeaseKeepAliveResponse,
  readLeaseRevokeResponse,
  writeLeaseGrantRequest,
  writeLeaseKeepAliveRequest,
  writeLeaseRevokeRequest,
} from './wire/lease.js';
import { readPutResponse, writePutRequest } from './wire/put.js';
import { readRangeResponse, readRangeStreamResponse, writeRangeRequest } from './wire/range.js';
import { readSnapshotResponse, writeSnapshotRequest } from './wire/snapshot.js';
import { readStatusResponse, writeStatusRequest } from './wire/status.js';
import { readTxnResponse, writeTxnRequest } from './wire/txn.js';
import { readWatchMessage, readWatchResponse, writeWatchRequest } from './wire/watch.js';

/**
 * Every RPC of etcd, with what may be repeated after a failure. The comment of a row is the reason for
 * its rule; where there is none, a read changes nothing and a write might be applied twice.
 */
const kvRpc = coldMethods('etcdserverpb', 'KV');

/** Keys and values. */
export const kv = {
  range: hotMethod('/etcdserverpb.KV/Range', 'read', writeRangeRequest, readRangeResponse),
  // Before its first chunk; the caller goes on from the last one.
  rangeStream: hotMethod(
    '/etcdserverpb.KV/RangeStream',
    'read',
    writeRangeRequest,
    readRangeStreamResponse,
    { kind: 'serverStream' },
  ),
  // A second put makes a second revision.
  put: hotMethod('/etcdserverpb.KV/Put', 'write', writePutRequest, readPutResponse),
  // A second delete removes what was put in between.
  deleteRange: hotMethod(
    '/etcdserverpb.KV/DeleteRange',
    'write',
    writeDeleteRangeRequest,
    readDeleteRangeResponse,
  ),
  // One that only reads is sent as a read.
  txn: hotMethod('/etcdserverpb.KV/Txn', 'write', writeTxnRequest, readTxnResponse),
  // A second compaction of the same revision is refused.
  compact: kvRpc('Compact', 'write', { messages: 'Compaction' }),
};

/** Changes as they happen. */
export const watch = {
  // The watchers on it resume by themselves, on a new stream.
  watch: hotMethod('/etcdserverpb.Watch/Watch', 'read', writeWatchRequest, readWatchResponse, {
    kind: 'duplex',
  }),
};

/** Watches of the client, which read events when they are taken. */
export const watchMessages = hotMethod(
  '/etcdserverpb.Watch/Watch',
  'read',
  writeWatchRequest,
  readWatchMessage,
  { kind: 'duplex' },
);

const leaseRpc = coldMethods('etcdserverpb', 'Lease');

/** Leases. */
export const lease = {
  // Without an id from the caller, each one makes another lease.
  leaseGrant: hotMethod(
    '/etcdserverpb.Lease/LeaseGrant',
    'write',
    writeLeaseGrantRequest,
    readLeaseGrantResponse,
  ),
  // A second one is refused: there is no such lease any more.
  leaseRevoke: hotMethod(
    '/etcdserverpb.Lease/LeaseRevoke',
    'write',
    writeLeaseRevokeRequest,
    readLeaseRevokeResponse,
  ),
  // Renewing twice is renewing once.
  leaseKeepAlive: hotMethod(
    '/etcdserverpb.Lease/LeaseKeepAlive',
    'read',
    writeLeaseKeepAliveRequest,
    readLeaseKeepAliveResponse,
    { kind: 'duplex' },
  ),
  leaseTimeToLive: leaseRpc('LeaseTimeToLive', 'read'),
  leaseLeases: leaseRpc('LeaseLeases', 'read'),
};

const clusterRpc = coldMethods('etcdserverpb', 'Cluster');

/** The members of the cluster. */
export const cluster = {
  // A second one is refused, or makes a second member.
  memberAdd: clusterRpc('MemberAdd', 'write'),
  // A second one is refused: there is no such member any more.
  memberRemove: clusterRpc('MemberRemove', 'write'),
  memberUpdate: clusterRpc('MemberUpdate', 'write'),
  memberList: clusterRpc('MemberList', 'read'),
  // A second one is refused: it is no learner any more.
  memberPromote: clusterRpc('MemberPromote', 'write'),
};

const maintenanceRpc = coldMethods('etcdserverpb', 'Maintenance');

/** Care of members and of their storage. */
export const maintenance = {
  // Raises and disarms as well as lists; a mere list is sent as a read.
  alarm: maintenanceRpc('Alarm', 'write'),
  // About the member that answers.
  status: hotMethod(
    '/etcdserverpb.Maintenance/Status',
    'pinned-read',
    writeStatusRequest,
    readStatusResponse,
  ),
  // The member stands still while it works: twice is twice the time.
  defragment: maintenanceRpc('Defragment', 'pinned-write', { waits: true }),
  // About the member that answers.
  hash: maintenanceRpc('Hash', 'pinned-read'),
  // About the member that answers.
  hashKv: maintenanceRpc('HashKV', 'pinned-read'),
  // One member's file; half of it is of no use with half of another's.
  snapshot: hotMethod(
    '/etcdserverpb.Maintenance/Snapshot',
    'pinned-read',
    writeSnapshotRequest,
    readSnapshotResponse,
    { kind: 'serverStream' },
  ),
  // Only the leader takes it.
  moveLeader: maintenanceRpc('MoveLeader', 'pinned-write'),
  // A second one is refused: a downgrade is under way.
  downgrade: maintenanceRpc('Downgrade', 'write'),
};

const authRpc = coldMethods('etcdserverpb', 'Auth');

/** Users, roles and permissions. */
export const auth = {
  // Each change makes the tokens of before invalid.
  authEnable: authRpc('AuthEnable', 'write'),
  authDisable: authRpc('AuthDisable', 'write'),
  authStatus: authRpc('AuthStatus', 'read'),
  // A second token is as good as the first.
  authenticate: hotMethod(
    '/etcdserverpb.Auth/Authenticate',
    'read',
    writeAuthenticateRequest,
    readAuthenticateResponse,
  ),
  // A second one is refused: the user exists.
  userAdd: authRpc('UserAdd', 'write', { messages: 'AuthUserAdd' }),
  userGet: authRpc('UserGet', 'read', { messages: 'AuthUserGet' }),
  userList: authRpc('UserList', 'read', { messages: 'AuthUserList' }),
  // A second one is refused: there is no such user any more.
  userDelete: authRpc('UserDelete', 'write', { messages: 'AuthUserDelete' }),
  userChangePassword: authRpc('UserChangePassword', 'write', {
    messages: 'AuthUserChangePassword',
  }),
  userGrantRole: authRpc('UserGrantRole', 'write', { messages: 'AuthUserGrantRole' }),
  // A second one is refused: the role is not granted any more.
  userRevokeRole: authRpc('UserRevokeRole', 'write', { messages: 'AuthUserRevokeRole' }),
  // A second one is refused: the role exists.
  roleAdd: authRpc('RoleAdd', 'write', { messages: 'AuthRoleAdd' }),
  roleGet: authRpc('RoleGet', 'read', { messages: 'AuthRoleGet' }),
  roleList: authRpc('RoleList', 'read', { messages: 'AuthRoleList' }),
  // A second one is refused: there is no such role any more.
  roleDelete: authRpc('RoleDelete', 'write', { messages: 'AuthRoleDelete' }),
  roleGrantPermission: authRpc('RoleGrantPermission', 'write', {
    messages: 'AuthRoleGrantPermission',
  }),
  // A second one is refused: the permission is not granted any more.
  roleRevokePermission: authRpc('RoleRevokePermission', 'write', {
    messages: 'AuthRoleRevokePermission',
  }),
};

const lockRpc = coldMethods('v3lockpb', 'Lock');

/** The server's own locks. */
export const lock = {
  // Without a lease from the caller, each one queues up anew.
  lock: lockRpc('Lock', 'write', { waits: true }),
  unlock: lockRpc('Unlock', 'write'),
};

const electionRpc = coldMethods('v3electionpb', 'Election');

/** The server's own elections. */
export const election = {
  // A second one replaces the value that was proclaimed in between.
  campaign: electionRpc('Campaign', 'write', { waits: true }),
  proclaim: electionRpc('Proclaim', 'write'),
  leader: hotMethod(
    '/v3electionpb.Election/Leader',
    'read',
    writeLeaderRequest,
    readLeaderResponse,
  ),
  observe: hotMethod(
    '/v3electionpb.Election/Observe',
    'read',
    writeLeaderRequest,
    readLeaderResponse,
    { kind: 'serverStream' },
  ),
  resign: electionRpc('Resign', 'write'),
};

/** All 49 RPCs by service. */
export const services = { kv, watch, lease, cluster, maintenance, auth, lock, election } as const;
