import { GrpcCode } from '../../errors/index.js';

/** A refusal of the server as it goes on the wire: a gRPC code and a text. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The names that Go has for the codes of refusals in texts. */
const GO_NAMES: Readonly<Record<number, string>> = {
  [GrpcCode.INVALID_ARGUMENT]: 'InvalidArgument',
  [GrpcCode.PERMISSION_DENIED]: 'PermissionDenied',
  [GrpcCode.UNAUTHENTICATED]: 'Unauthenticated',
};

/** A refusal as a text with its code, as Go prints it. */
export function statusText({ code, message }: Refusal): string {
  return `rpc error: code = ${GO_NAMES[code] ?? 'Unknown'} desc = ${message}`;
}

const refusal = (code: keyof typeof GrpcCode, text: string) => (): Refusal =>
  new Refusal(GrpcCode[code], text);

const etcd = (code: keyof typeof GrpcCode, text: string) => refusal(code, `etcdserver: ${text}`);

/** Every refusal of etcd's servers, with the code and the text of the newest version. */
export const refusals = {
  keyRequired: etcd('INVALID_ARGUMENT', 'key is not provided'),
  keyNotFound: etcd('INVALID_ARGUMENT', 'key not found'),
  valueProvided: etcd('INVALID_ARGUMENT', 'value is provided'),
  leaseProvided: etcd('INVALID_ARGUMENT', 'lease is provided'),
  tooManyOperations: etcd('INVALID_ARGUMENT', 'too many operations in txn request'),
  duplicateKey: etcd('INVALID_ARGUMENT', 'duplicate key given in txn request'),
  invalidSortOption: etcd('INVALID_ARGUMENT', 'invalid sort option'),
  requestTooLarge: etcd('INVALID_ARGUMENT', 'request is too large'),
  compacted: etcd('OUT_OF_RANGE', 'mvcc: required revision has been compacted'),
  futureRevision: etcd('OUT_OF_RANGE', 'mvcc: required revision is a future revision'),
  noSpace: etcd('RESOURCE_EXHAUSTED', 'mvcc: database space exceeded'),
  corrupt: etcd('DATA_LOSS', 'corrupt cluster'),

  leaseNotFound: etcd('NOT_FOUND', 'requested lease not found'),
  leaseExists: etcd('FAILED_PRECONDITION', 'lease already exists'),
  leaseTtlTooLarge: etcd('OUT_OF_RANGE', 'too large lease TTL'),

  memberExists: etcd('FAILED_PRECONDITION', 'member ID already exist'),
  peerUrlExists: etcd('FAILED_PRECONDITION', 'Peer URLs already exists'),
  // By the text of another one, and without its code.
  notEnoughStartedMembers: etcd(
    'UNKNOWN',
    're-configuration failed due to not enough started members',
  ),
  invalidMemberUrls: etcd('INVALID_ARGUMENT', 'given member URLs are invalid'),
  memberNotFound: etcd('NOT_FOUND', 'member not found'),
  notALearner: etcd('FAILED_PRECONDITION', 'can only promote a learner member'),
  learnerNotReady: etcd(
    'FAILED_PRECONDITION',
    'can only promote a learner member which is in sync with leader',
  ),
  tooManyLearners: etcd('FAILED_PRECONDITION', 'too many learner members in cluster'),

  rootUserMissing: etcd('FAILED_PRECONDITION', 'root user does not exist'),
  rootRoleMissing: etcd('FAILED_PRECONDITION', 'root user does not have root role'),
  userExists: etcd('FAILED_PRECONDITION', 'user name already exists'),
  userNameEmpty: etcd('INVALID_ARGUMENT', 'user name is empty'),
  userNotFound: etcd('FAILED_PRECONDITION', 'user name not found'),
  roleExists: etcd('FAILED_PRECONDITION', 'role name already exists'),
  roleNotFound: etcd('FAILED_PRECONDITION', 'role name not found'),
  roleNameEmpty: etcd('INVALID_ARGUMENT', 'role name is empty'),
  authenticationFailed: etcd(
    'INVALID_ARGUMENT',
    'authentication failed, invalid user ID or password',
  ),
  noPasswordUser: refusal(
    'UNKNOWN',
    'auth: authentication failed, password was given for no password user',
  ),
  permissionNotGiven: etcd('INVALID_ARGUMENT', 'permission not given'),
  permissionDenied: etcd('PERMISSION_DENIED', 'permission denied'),
  roleNotGranted: etcd('FAILED_PRECONDITION', 'role is not granted to the user'),
  permissionNotGranted: etcd('FAILED_PRECONDITION', 'permission is not granted to the role'),
  authNotEnabled: etcd('FAILED_PRECONDITION', 'authentication is not enabled'),
  invalidAuthToken: etcd('UNAUTHENTICATED', 'invalid auth token'),
  invalidAuthManagement: etcd('INVALID_ARGUMENT', 'invalid auth management'),
  authRevisionOld: etcd('INVALID_ARGUMENT', 'revision of auth store is old'),

  /** The refusal of a check of rights as Go's own error: by the name of its package, and without a code. */
  withoutCode: ({ message }: Refusal): Refusal =>
    new Refusal(
      GrpcCode.UNKNOWN,
      message.replace('etcdserver: ', 'auth: ').replace('user name not found', 'user not found'),
    ),

  noLeader: etcd('UNAVAILABLE', 'no leader'),
  notLeader: etcd('FAILED_PRECONDITION', 'not leader'),
  leaderChanged: etcd('UNAVAILABLE', 'leader changed'),
  stopped: etcd('UNAVAILABLE', 'server stopped'),
  timeout: etcd('UNAVAILABLE', 'request timed out'),
  timeoutOfLostLeader: etcd(
    'UNAVAILABLE',
    'request timed out, possibly due to previous leader failure',
  ),
  unhealthy: etcd('UNAVAILABLE', 'unhealthy cluster'),
  notSupportedForLearner: etcd('FAILED_PRECONDITION', 'rpc not supported for learner'),
  notSupportedForLearnerBefore36: etcd('UNAVAILABLE', 'rpc not supported for learner'),
  badLeaderTransferee: etcd('FAILED_PRECONDITION', 'bad leader transferee'),
  watchCanceled: etcd('CANCELLED', 'watch canceled'),

  wrongDowngradeFormat: etcd('INVALID_ARGUMENT', 'wrong downgrade target version format'),
  invalidDowngradeTarget: etcd('INVALID_ARGUMENT', 'invalid downgrade target version'),
  downgradeInProgress: etcd('FAILED_PRECONDITION', 'cluster has a downgrade job in progress'),
  noDowngradeInProgress: etcd('FAILED_PRECONDITION', 'no inflight downgrade job'),

  electionNoLeader: refusal('UNKNOWN', 'election: no leader'),
  electionNotLeader: refusal('UNKNOWN', 'election: not leader'),
  leaderFieldRequired: refusal('UNKNOWN', '"leader" field must be provided'),
  requestCanceled: etcd('CANCELLED', 'request canceled'),
  sessionExpired: refusal('UNKNOWN', 'mutex: session is expired'),

  unknownService: (path: string): Refusal => {
    const [, service, method] = path.split('/');
    return new Refusal(
      GrpcCode.UNIMPLEMENTED,
      `unknown method ${method ?? ''} for service ${service ?? ''}`,
    );
  },
  rangeStreamSort: refusal('UNIMPLEMENTED', 'RangeStream does not support custom sort orders'),
  rangeStreamFilters: refusal('UNIMPLEMENTED', 'RangeStream does not support revision filters'),
};
