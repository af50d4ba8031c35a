import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  CompactedError,
  type ErrorCode,
  EtcdError,
  fromGrpcStatus,
  GrpcCode,
  isTransient,
  LeaseNotFoundError,
  NotLeaderError,
  needsNewToken,
  type Outcome,
  PermissionDeniedError,
  TimeoutError,
  UnavailableError,
} from '../../src/errors/index.js';
import { serverMessages } from '../../src/errors/messages.js';

type Row = readonly [
  grpcCode: keyof typeof GrpcCode,
  text: string,
  code: ErrorCode,
  outcome: Outcome,
];

const from = (grpcCode: keyof typeof GrpcCode, details: string, write = true): EtcdError =>
  fromGrpcStatus(
    { code: GrpcCode[grpcCode], details },
    { method: 'KV.Put', endpoint: 'http://10.0.0.1:2379', sent: true, write },
  );

/** Every message of etcd, with the code it is sent with and what it has to become here. */
const etcdMessages: readonly Row[] = [
  ['INVALID_ARGUMENT', 'key is not provided', 'KEY_REQUIRED', 'not-applied'],
  ['INVALID_ARGUMENT', 'key not found', 'KEY_NOT_FOUND', 'not-applied'],
  ['INVALID_ARGUMENT', 'value is provided', 'VALUE_PROVIDED', 'not-applied'],
  ['INVALID_ARGUMENT', 'lease is provided', 'LEASE_PROVIDED', 'not-applied'],
  ['INVALID_ARGUMENT', 'too many operations in txn request', 'TOO_MANY_OPERATIONS', 'not-applied'],
  ['INVALID_ARGUMENT', 'duplicate key given in txn request', 'DUPLICATE_KEY', 'not-applied'],
  ['INVALID_ARGUMENT', 'invalid client api version', 'INVALID_CLIENT_API_VERSION', 'not-applied'],
  ['INVALID_ARGUMENT', 'invalid sort option', 'INVALID_SORT_OPTION', 'not-applied'],
  ['INVALID_ARGUMENT', 'request is too large', 'REQUEST_TOO_LARGE', 'not-applied'],
  ['INVALID_ARGUMENT', 'given member URLs are invalid', 'INVALID_MEMBER_URLS', 'not-applied'],
  ['INVALID_ARGUMENT', 'user name is empty', 'USER_NAME_EMPTY', 'not-applied'],
  ['INVALID_ARGUMENT', 'role name is empty', 'ROLE_NAME_EMPTY', 'not-applied'],
  [
    'INVALID_ARGUMENT',
    'authentication failed, invalid user ID or password',
    'AUTHENTICATION_FAILED',
    'not-applied',
  ],
  ['INVALID_ARGUMENT', 'permission not given', 'PERMISSION_REQUIRED', 'not-applied'],
  ['INVALID_ARGUMENT', 'invalid auth management', 'INVALID_AUTH_MANAGEMENT', 'not-applied'],
  ['INVALID_ARGUMENT', 'revision of auth store is old', 'AUTH_REVISION_OLD', 'not-applied'],
  [
    'INVALID_ARGUMENT',
    'wrong downgrade target version format',
    'INVALID_DOWNGRADE_VERSION',
    'not-applied',
  ],
  [
    'INVALID_ARGUMENT',
    'invalid downgrade target version',
    'INVALID_DOWNGRADE_VERSION',
    'not-applied',
  ],
  ['OUT_OF_RANGE', 'mvcc: required revision has been compacted', 'COMPACTED', 'not-applied'],
  [
    'OUT_OF_RANGE',
    'mvcc: required revision is a future revision',
    'FUTURE_REVISION',
    'not-applied',
  ],
  ['OUT_OF_RANGE', 'too large lease TTL', 'LEASE_TTL_TOO_LARGE', 'not-applied'],
  ['RESOURCE_EXHAUSTED', 'mvcc: database space exceeded', 'NO_SPACE', 'unknown'],
  ['RESOURCE_EXHAUSTED', 'too many requests', 'TOO_MANY_REQUESTS', 'not-applied'],
  ['NOT_FOUND', 'requested lease not found', 'LEASE_NOT_FOUND', 'not-applied'],
  ['NOT_FOUND', 'member not found', 'MEMBER_NOT_FOUND', 'not-applied'],
  ['FAILED_PRECONDITION', 'lease already exists', 'LEASE_EXISTS', 'not-applied'],
  ['FAILED_PRECONDITION', 'member ID already exist', 'MEMBER_EXISTS', 'not-applied'],
  ['FAILED_PRECONDITION', 'Peer URLs already exists', 'PEER_URL_EXISTS', 'not-applied'],
  [
    'FAILED_PRECONDITION',
    're-configuration failed due to not enough started members',
    'NOT_ENOUGH_STARTED_MEMBERS',
    'not-applied',
  ],
  ['FAILED_PRECONDITION', 'can only promote a learner member', 'NOT_A_LEARNER', 'not-applied'],
  [
    'FAILED_PRECONDITION',
    'can only promote a learner member which is in sync with leader',
    'LEARNER_NOT_READY',
    'not-applied',
  ],
  [
    'FAILED_PRECONDITION',
    'too many learner members in cluster',
    'TOO_MANY_LEARNERS',
    'not-applied',
  ],
  ['FAILED_PRECONDITION', 'cluster ID mismatch', 'CLUSTER_ID_MISMATCH', 'not-applied'],
  ['FAILED_PRECONDITION', 'root user does not exist', 'ROOT_USER_MISSING', 'not-applied'],
  ['FAILED_PRECONDITION', 'root user does not have root role', 'ROOT_ROLE_MISSING', 'not-applied'],
  ['FAILED_PRECONDITION', 'user name already exists', 'USER_EXISTS', 'not-applied'],
  ['FAILED_PRECONDITION', 'user name not found', 'USER_NOT_FOUND', 'not-applied'],
  ['FAILED_PRECONDITION', 'role name already exists', 'ROLE_EXISTS', 'not-applied'],
  ['FAILED_PRECONDITION', 'role name not found', 'ROLE_NOT_FOUND', 'not-applied'],
  ['FAILED_PRECONDITION', 'role is not granted to the user', 'ROLE_NOT_GRANTED', 'not-applied'],
  [
    'FAILED_PRECONDITION',
    'permission is not granted to the role',
    'PERMISSION_NOT_GRANTED',
    'not-applied',
  ],
  ['FAILED_PRECONDITION', 'authentication is not enabled', 'AUTH_NOT_ENABLED', 'not-applied'],
  ['FAILED_PRECONDITION', 'not leader', 'MEMBER_NOT_LEADER', 'not-applied'],
  ['FAILED_PRECONDITION', 'not capable', 'NOT_CAPABLE', 'not-applied'],
  [
    'FAILED_PRECONDITION',
    'rpc not supported for learner',
    'NOT_SUPPORTED_FOR_LEARNER',
    'not-applied',
  ],
  ['FAILED_PRECONDITION', 'bad leader transferee', 'BAD_LEADER_TRANSFEREE', 'not-applied'],
  [
    'FAILED_PRECONDITION',
    'cluster version not found during downgrade',
    'CLUSTER_VERSION_UNAVAILABLE',
    'not-applied',
  ],
  [
    'FAILED_PRECONDITION',
    'cluster has a downgrade job in progress',
    'DOWNGRADE_IN_PROGRESS',
    'not-applied',
  ],
  ['FAILED_PRECONDITION', 'no inflight downgrade job', 'NO_DOWNGRADE_IN_PROGRESS', 'not-applied'],
  ['PERMISSION_DENIED', 'permission denied', 'PERMISSION_DENIED', 'not-applied'],
  ['UNAUTHENTICATED', 'invalid auth token', 'INVALID_AUTH_TOKEN', 'not-applied'],
  ['UNAVAILABLE', 'no leader', 'NO_LEADER', 'not-applied'],
  ['UNAVAILABLE', 'leader changed', 'LEADER_CHANGED', 'unknown'],
  ['UNAVAILABLE', 'server stopped', 'SERVER_STOPPED', 'unknown'],
  ['UNAVAILABLE', 'request timed out', 'SERVER_TIMEOUT', 'unknown'],
  [
    'UNAVAILABLE',
    'request timed out, possibly due to previous leader failure',
    'SERVER_TIMEOUT',
    'unknown',
  ],
  [
    'UNAVAILABLE',
    'request timed out, possibly due to connection lost',
    'SERVER_TIMEOUT',
    'unknown',
  ],
  [
    'UNAVAILABLE',
    'request timed out, waiting for the applied index took too long',
    'SERVER_TIMEOUT',
    'unknown',
  ],
  ['UNAVAILABLE', 'unhealthy cluster', 'UNHEALTHY_CLUSTER', 'not-applied'],
  ['CANCELLED', 'request canceled', 'TIMEOUT', 'unknown'],
  ['CANCELLED', 'watch canceled', 'WATCH_CANCELED', 'not-applied'],
  ['DEADLINE_EXCEEDED', 'context deadline exceeded', 'TIMEOUT', 'unknown'],
  ['DATA_LOSS', 'corrupt cluster', 'CORRUPT_CLUSTER', 'unknown'],
];

/** Messages that come without the usual prefix or code. */
const oddMessages: readonly Row[] = [
  ['UNKNOWN', 'auth: permission denied', 'PERMISSION_DENIED', 'not-applied'],
  ['UNKNOWN', 'auth: invalid auth token', 'INVALID_AUTH_TOKEN', 'not-applied'],
  ['UNKNOWN', 'auth: user name is empty', 'USER_NAME_EMPTY', 'not-applied'],
  ['UNKNOWN', 'auth: revision in header is old', 'AUTH_REVISION_OLD', 'not-applied'],
  [
    'UNKNOWN',
    'auth: authentication failed, password was given for no password user',
    'AUTHENTICATION_FAILED',
    'not-applied',
  ],
  ['UNKNOWN', 'auth: user already exists', 'USER_EXISTS', 'not-applied'],
  ['UNKNOWN', 'auth: user not found', 'USER_NOT_FOUND', 'not-applied'],
  ['UNKNOWN', 'auth: role already exists', 'ROLE_EXISTS', 'not-applied'],
  ['UNKNOWN', 'auth: role not found', 'ROLE_NOT_FOUND', 'not-applied'],
  ['UNKNOWN', 'raft proposal dropped', 'PROPOSAL_DROPPED', 'not-applied'],
  ['UNKNOWN', 'etcdserver: too many requests', 'TOO_MANY_REQUESTS', 'not-applied'],
  [
    'UNKNOWN',
    'etcdserver: re-configuration failed due to not enough started members',
    'NOT_ENOUGH_STARTED_MEMBERS',
    'not-applied',
  ],
  ['UNKNOWN', 'context deadline exceeded', 'TIMEOUT', 'unknown'],
  ['UNKNOWN', 'context canceled', 'TIMEOUT', 'unknown'],
  ['UNKNOWN', 'election: no leader', 'NO_ELECTION_LEADER', 'not-applied'],
  ['UNKNOWN', 'election: not leader', 'NOT_LEADER', 'not-applied'],
  ['UNKNOWN', '"leader" field must be provided', 'LEADER_KEY_REQUIRED', 'not-applied'],
  ['UNKNOWN', 'mutex: session is expired', 'SESSION_LOST', 'unknown'],
  // The code of these two changed between versions.
  ['UNAVAILABLE', 'etcdserver: not capable', 'NOT_CAPABLE', 'not-applied'],
  [
    'UNAVAILABLE',
    'etcdserver: rpc not supported for learner',
    'NOT_SUPPORTED_FOR_LEARNER',
    'not-applied',
  ],
];

/** Texts of gRPC itself, and codes whose text says nothing. */
const transportStatuses: readonly Row[] = [
  [
    'UNAVAILABLE',
    'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    'UNAVAILABLE',
    'not-sent',
  ],
  ['UNAVAILABLE', 'Name resolution failed for target dns:nowhere:2379', 'UNAVAILABLE', 'not-sent'],
  ['UNAVAILABLE', 'Failed to parse DNS address dns:??', 'UNAVAILABLE', 'not-sent'],
  ['UNAVAILABLE', 'Channel closed before call started', 'UNAVAILABLE', 'not-sent'],
  ['UNAVAILABLE', 'Stream refused by server', 'UNAVAILABLE', 'not-sent'],
  ['INTERNAL', 'Failed to start HTTP/2 stream with error closed', 'UNAVAILABLE', 'not-sent'],
  ['UNKNOWN', 'Getting metadata from plugin failed with error: no', 'UNAVAILABLE', 'not-sent'],
  [
    'RESOURCE_EXHAUSTED',
    'Attempted to send message with a size larger than 10',
    'REQUEST_TOO_LARGE',
    'not-sent',
  ],
  [
    'DEADLINE_EXCEEDED',
    'Deadline exceeded after 0.300s,waiting for name resolution',
    'TIMEOUT',
    'not-sent',
  ],
  [
    'DEADLINE_EXCEEDED',
    'Deadline exceeded after 0.300s,waiting for metadata filters',
    'TIMEOUT',
    'not-sent',
  ],
  [
    'DEADLINE_EXCEEDED',
    'Deadline exceeded after 0.300s,Waiting for LB pick',
    'TIMEOUT',
    'not-sent',
  ],
  [
    'DEADLINE_EXCEEDED',
    'Deadline exceeded after 0.3s,remote_addr=10.0.0.1:2379',
    'TIMEOUT',
    'unknown',
  ],
  ['DEADLINE_EXCEEDED', 'Deadline exceeded', 'TIMEOUT', 'unknown'],
  ['CANCELLED', 'Call cancelled', 'TIMEOUT', 'unknown'],
  ['UNAVAILABLE', 'Connection dropped', 'UNAVAILABLE', 'unknown'],
  ['UNAVAILABLE', 'read ECONNRESET', 'UNAVAILABLE', 'unknown'],
  [
    'RESOURCE_EXHAUSTED',
    'Bandwidth exhausted or memory limit exceeded',
    'TOO_MANY_PINGS',
    'unknown',
  ],
  [
    'RESOURCE_EXHAUSTED',
    'grpc: received message larger than max (5242893 vs. 2097152)',
    'REQUEST_TOO_LARGE',
    'not-applied',
  ],
  [
    'RESOURCE_EXHAUSTED',
    'grpc: trying to send message larger than max (9 vs. 8)',
    'RESPONSE_TOO_LARGE',
    'unknown',
  ],
  [
    'RESOURCE_EXHAUSTED',
    'Received message larger than max (5242893 vs 4194304)',
    'RESPONSE_TOO_LARGE',
    'unknown',
  ],
  ['RESOURCE_EXHAUSTED', 'something else', 'UNKNOWN', 'unknown'],
  ['PERMISSION_DENIED', 'Protocol not secure enough', 'UNAVAILABLE', 'unknown'],
  ['UNIMPLEMENTED', 'Received HTTP status code 404', 'UNAVAILABLE', 'unknown'],
  ['UNAVAILABLE', 'Received HTTP status code 502', 'UNAVAILABLE', 'unknown'],
  ['UNIMPLEMENTED', 'No message received', 'INTERNAL', 'unknown'],
  ['UNIMPLEMENTED', 'Too many responses received', 'INTERNAL', 'unknown'],
  [
    'UNIMPLEMENTED',
    'unknown method RangeStream for service etcdserverpb.KV',
    'UNIMPLEMENTED',
    'not-applied',
  ],
  ['INTERNAL', 'Received RST_STREAM with code 2 (Internal server error)', 'INTERNAL', 'unknown'],
  ['UNKNOWN', 'nobody has seen this before', 'UNKNOWN', 'unknown'],
  ['ABORTED', 'nobody has seen this before', 'UNKNOWN', 'unknown'],
  ['DATA_LOSS', 'nobody has seen this before', 'UNKNOWN', 'unknown'],
  ['INVALID_ARGUMENT', 'etcdserver: a refusal of a later version', 'REFUSED', 'not-applied'],
  ['OUT_OF_RANGE', 'etcdserver: a refusal of a later version', 'REFUSED', 'not-applied'],
  ['FAILED_PRECONDITION', 'etcdserver: a refusal of a later version', 'REFUSED', 'unknown'],
  ['NOT_FOUND', 'etcdserver: a refusal of a later version', 'REFUSED', 'unknown'],
  ['ALREADY_EXISTS', 'etcdserver: a refusal of a later version', 'REFUSED', 'unknown'],
  ['PERMISSION_DENIED', 'some other words', 'PERMISSION_DENIED', 'not-applied'],
  ['UNAUTHENTICATED', 'some other words', 'UNAUTHENTICATED', 'not-applied'],
  ['UNAVAILABLE', '', 'UNAVAILABLE', 'unknown'],
];

describe('the messages of etcd', () => {
  it.each(etcdMessages)('%s "%s" is %s, outcome %s', (grpcCode, text, code, outcome) => {
    const error = from(grpcCode, `etcdserver: ${text}`);
    expect([error.code, error.outcome]).toEqual([code, outcome]);
  });

  it.each(etcdMessages)('%s "%s" is the same under UNKNOWN', (_, text, code, outcome) => {
    const error = from('UNKNOWN', `etcdserver: ${text}`);
    expect([error.code, error.outcome]).toEqual([code, outcome]);
  });

  it.each(oddMessages)('%s "%s" is %s, outcome %s', (grpcCode, text, code, outcome) => {
    const error = from(grpcCode, text);
    expect([error.code, error.outcome]).toEqual([code, outcome]);
  });

  it('leaves no message of the table untested', () => {
    const tested = new Set(
      [...etcdMessages, ...oddMessages].map(([, text]) =>
        text.replace(/^(?:etcdserver|auth|mvcc): /, ''),
      ),
    );
    expect([...serverMessages.keys()].filter((message) => !tested.has(message))).toEqual([]);
  });
});

describe('the texts of gRPC', () => {
  it.each(transportStatuses)('%s "%s" is %s, outcome %s', (grpcCode, text, code, outcome) => {
    const error = from(grpcCode, text);
    expect([error.code, error.outcome]).toEqual([code, outcome]);
  });
});

describe('what may be repeated', () => {
  const every = [...etcdMessages, ...oddMessages, ...transportStatuses];
  const errorOf = ([grpcCode, text]: Row, write: boolean): EtcdError => from(grpcCode, text, write);

  it('is never a write whose outcome is unknown', () => {
    const wrong = every.filter((row) => {
      const error = errorOf(row, true);
      return error.outcome === 'unknown' && error.retryable;
    });
    expect(wrong).toEqual([]);
  });

  it('is a read after every failure of the connection or of a leader', () => {
    const refusedForGood = every.filter((row) => !errorOf(row, false).retryable);
    const outcomes = new Set(refusedForGood.map((row) => errorOf(row, false).code));
    for (const code of ['UNAVAILABLE', 'LEADER_CHANGED', 'SERVER_TIMEOUT', 'TIMEOUT', 'INTERNAL']) {
      expect(outcomes).not.toContain(code);
    }
    expect(outcomes).toContain('COMPACTED');
    expect(outcomes).toContain('NO_SPACE');
  });

  it('is by itself exactly the transient refusals, whatever was asked', () => {
    const transient = new Set(
      every
        .map((row) => errorOf(row, true))
        .filter(isTransient)
        .map((error) => error.code),
    );
    expect([...transient].sort()).toEqual([
      'AUTH_REVISION_OLD',
      'INVALID_AUTH_TOKEN',
      'NOT_SUPPORTED_FOR_LEARNER',
      'NO_LEADER',
      'PROPOSAL_DROPPED',
      'TOO_MANY_REQUESTS',
    ]);
    for (const row of every) {
      const error = errorOf(row, true);
      if (isTransient(error))
        expect([error.outcome, error.retryable]).toEqual(['not-applied', true]);
    }
  });

  it('needs a new token after three refusals', () => {
    const codes = new Set(
      every
        .map((row) => errorOf(row, true))
        .filter(needsNewToken)
        .map((error) => error.code),
    );
    expect([...codes].sort()).toEqual([
      'AUTH_REVISION_OLD',
      'INVALID_AUTH_TOKEN',
      'USER_NAME_EMPTY',
    ]);
    expect(needsNewToken(new Error('invalid auth token'))).toBe(false);
    expect(isTransient(undefined)).toBe(false);
  });

  it('is a call that never left, whatever its status says', () => {
    const error = fromGrpcStatus(
      { code: GrpcCode.UNAVAILABLE, details: 'Connection dropped' },
      { method: 'KV.Put', sent: false, write: true },
    );
    expect([error.outcome, error.retryable]).toEqual(['not-sent', true]);
  });
});

describe('the classes', () => {
  it.each([
    [CompactedError, 'etcdserver: mvcc: required revision has been compacted'],
    [PermissionDeniedError, 'etcdserver: permission denied'],
    [AuthenticationError, 'etcdserver: authentication failed, invalid user ID or password'],
    [AuthenticationError, 'etcdserver: invalid auth token'],
    [AuthenticationError, 'etcdserver: user name is empty'],
    [LeaseNotFoundError, 'etcdserver: requested lease not found'],
    [NotLeaderError, 'election: not leader'],
    [TimeoutError, 'context deadline exceeded'],
    [UnavailableError, 'etcdserver: no leader'],
    [UnavailableError, 'etcdserver: request timed out'],
    [EtcdError, 'etcdserver: too many requests'],
  ])('%o stands for "%s"', (errorClass, text) => {
    const error = from('UNKNOWN', text);
    expect(error).toBeInstanceOf(errorClass);
    expect(error.constructor).toBe(errorClass);
  });

  it('carry the call, the endpoint, the words of the server and the raw status', () => {
    const error = from('PERMISSION_DENIED', 'etcdserver: permission denied');
    expect(error).toMatchObject({
      name: 'PermissionDeniedError',
      message: 'etcdserver: permission denied',
      method: 'KV.Put',
      endpoint: 'http://10.0.0.1:2379',
      cause: { code: 7, details: 'etcdserver: permission denied' },
    });
  });

  it('say the way out where the words of the server do not', () => {
    expect(from('RESOURCE_EXHAUSTED', 'etcdserver: mvcc: database space exceeded').message).toBe(
      'etcdserver: mvcc: database space exceeded (compact and defragment, then disarm the NOSPACE alarm)',
    );
    expect(from('UNAVAILABLE', '').message).toBe('the server gave no reason');
  });
});
