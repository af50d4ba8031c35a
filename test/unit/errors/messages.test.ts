import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  CompactedError,
  EtcdError,
  fromGrpcStatus,
  GrpcCode,
  isTransient,
  LeaseNotFoundError,
  NotLeaderError,
  needsNewToken,
  PermissionDeniedError,
  TimeoutError,
  UnavailableError,
} from '../../../src/errors/index.js';
import { serverMessages } from '../../../src/errors/messages.js';
import { etcdMessages, oddMessages, type Row, transportStatuses } from './statuses.js';

const from = (grpcCode: keyof typeof GrpcCode, details: string, write = true): EtcdError =>
  fromGrpcStatus(
    { code: GrpcCode[grpcCode], details },
    { method: 'KV.Put', endpoint: 'http://10.0.0.1:2379', sent: true, write },
  );

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

  it('is exactly the transient refusals, for every kind of call', () => {
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

  it('say what to do where the text of the server does not', () => {
    expect(from('RESOURCE_EXHAUSTED', 'etcdserver: mvcc: database space exceeded').message).toBe(
      'etcdserver: mvcc: database space exceeded (compact and defragment, then disarm the NOSPACE alarm)',
    );
    expect(from('UNAVAILABLE', '').message).toBe('the server gave no reason');
  });
});
