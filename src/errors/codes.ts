/**
 * The fate of a failed request.
 *
 * - `not-sent`: no server saw it.
 * - `not-applied`: a server refused it, and nothing was changed.
 * - `unknown`: it may have been applied. Everything that is not proven to be one of the other two.
 */
export type Outcome = 'not-sent' | 'not-applied' | 'unknown';

/** Failures that are known without any server, or that stand for many servers' words. */
type GeneralCode =
  /** An argument or an option is wrong; nothing was sent. */
  | 'INVALID_ARGUMENT'
  /** The caller's signal aborted. */
  | 'ABORTED'
  /** The deadline of the call passed. */
  | 'TIMEOUT'
  /** No endpoint could be reached, or the connection broke. */
  | 'UNAVAILABLE'
  /** The client was closed. */
  | 'CLIENT_CLOSED'
  /** The server does not know this call. */
  | 'UNIMPLEMENTED'
  /** The server's version cannot be trusted with this. */
  | 'UNSUPPORTED'
  /** The server or the protocol broke down. */
  | 'INTERNAL'
  /** The server refused the request, for a reason that has no code of its own here. */
  | 'REFUSED'
  /** A failure that neither its text nor its gRPC code explains. */
  | 'UNKNOWN'
  /** Bytes that are not valid for the codec. */
  | 'DECODE'
  /** A 64-bit quantity past 2^53-1, which a number cannot hold. */
  | 'UNSAFE_INTEGER'
  /** The server answered that pings come too often and ended the connection. */
  | 'TOO_MANY_PINGS';

/** Failures of reads, writes, transactions and watches. */
type KeyValueCode =
  | 'COMPACTED'
  | 'FUTURE_REVISION'
  | 'KEY_EXISTS'
  | 'KEY_REQUIRED'
  | 'KEY_NOT_FOUND'
  | 'VALUE_PROVIDED'
  | 'LEASE_PROVIDED'
  | 'DUPLICATE_KEY'
  | 'TOO_MANY_OPERATIONS'
  | 'REQUEST_TOO_LARGE'
  | 'RESPONSE_TOO_LARGE'
  | 'INVALID_SORT_OPTION'
  | 'INVALID_CLIENT_API_VERSION'
  | 'NO_SPACE'
  | 'TOO_MANY_REQUESTS'
  | 'WATCH_CANCELED'
  /** The store is older than what was already seen of it: a backup was restored. */
  | 'STORE_WENT_BACK'
  /** A watch from now on is not registered yet, so that nobody knows which revision now is. */
  | 'NOT_READY'
  /** A transaction was awaited without `commit()`. */
  | 'NOT_COMMITTED'
  /** Others changed what a transaction of `stm` had read, in each of its attempts. */
  | 'CONFLICT'
  /** The cache was closed by its owner. */
  | 'CACHE_CLOSED'
  /** An item of a queue may have been taken by this call, or by another one. */
  | 'TAKE_UNKNOWN'
  /** The claim on a job is gone: its session ended, or somebody deleted it. */
  | 'CLAIM_LOST';

/** Failures of leases, sessions, locks and elections. */
type LeaseCode =
  | 'LEASE_NOT_FOUND'
  | 'LEASE_EXISTS'
  | 'LEASE_TTL_TOO_LARGE'
  | 'LEASE_LOST'
  | 'SESSION_LOST'
  /** The session was closed by its owner. */
  | 'SESSION_CLOSED'
  /** The lock's key was deleted by someone else. */
  | 'LOCK_LOST'
  /** The lock or the leadership was given back by its owner. */
  | 'RELEASED'
  /** All participants of a double barrier are there already. */
  | 'BARRIER_FULL'
  /** The candidate does not lead the election. */
  | 'NOT_LEADER'
  /** Nobody leads the election. */
  | 'NO_ELECTION_LEADER'
  | 'LEADER_KEY_REQUIRED';

/** Failures of the cluster, its members and their administration. */
type ClusterCode =
  | 'NO_LEADER'
  | 'LEADER_CHANGED'
  | 'PROPOSAL_DROPPED'
  | 'SERVER_STOPPED'
  | 'SERVER_TIMEOUT'
  | 'UNHEALTHY_CLUSTER'
  | 'CORRUPT_CLUSTER'
  | 'CLUSTER_ID_MISMATCH'
  | 'MEMBER_NOT_FOUND'
  | 'MEMBER_EXISTS'
  | 'PEER_URL_EXISTS'
  | 'INVALID_MEMBER_URLS'
  | 'NOT_ENOUGH_STARTED_MEMBERS'
  | 'NOT_A_LEARNER'
  | 'LEARNER_NOT_READY'
  | 'TOO_MANY_LEARNERS'
  | 'NOT_SUPPORTED_FOR_LEARNER'
  /** The member that was asked does not lead the cluster. */
  | 'MEMBER_NOT_LEADER'
  | 'BAD_LEADER_TRANSFEREE'
  | 'NOT_CAPABLE'
  | 'INVALID_DOWNGRADE_VERSION'
  | 'CLUSTER_VERSION_UNAVAILABLE'
  | 'DOWNGRADE_IN_PROGRESS'
  | 'NO_DOWNGRADE_IN_PROGRESS'
  /** A snapshot whose checksum is wrong or that ended too early. */
  | 'SNAPSHOT_CORRUPT';

/** Failures of authentication, users and roles. */
type AuthCode =
  | 'UNAUTHENTICATED'
  | 'AUTHENTICATION_FAILED'
  | 'INVALID_AUTH_TOKEN'
  /** The user's own token function failed. */
  | 'TOKEN_UNAVAILABLE'
  | 'AUTH_REVISION_OLD'
  | 'USER_NAME_EMPTY'
  | 'PERMISSION_DENIED'
  | 'AUTH_NOT_ENABLED'
  | 'INVALID_AUTH_MANAGEMENT'
  | 'ROLE_NAME_EMPTY'
  | 'PERMISSION_REQUIRED'
  | 'ROOT_USER_MISSING'
  | 'ROOT_ROLE_MISSING'
  | 'USER_EXISTS'
  | 'USER_NOT_FOUND'
  | 'ROLE_EXISTS'
  | 'ROLE_NOT_FOUND'
  | 'ROLE_NOT_GRANTED'
  | 'PERMISSION_NOT_GRANTED';

/** Failures of servers that `etcd-kit/testing` finds, downloads and starts. */
type TestServerCode =
  | 'TEST_SERVER_NOT_FOUND'
  | 'TEST_SERVER_DOWNLOAD'
  | 'TEST_SERVER_START'
  /** The server is stopped, and the call needs it running. */
  | 'TEST_SERVER_STOPPED';

/**
 * The reason of a failure, as a stable string: branch on this, never on a message.
 *
 * @example
 * if (error instanceof EtcdError && error.code === 'NO_SPACE') await makeRoom();
 */
export type ErrorCode =
  | GeneralCode
  | KeyValueCode
  | LeaseCode
  | ClusterCode
  | AuthCode
  | TestServerCode;
