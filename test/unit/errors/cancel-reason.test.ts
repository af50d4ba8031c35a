import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  CompactedError,
  fromCancelReason,
  isTransient,
  needsNewToken,
  PermissionDeniedError,
} from '../../../src/errors/index.js';

describe('the reason of a cancelled watcher', () => {
  it('is the compaction when there is a compact revision, whatever the text', () => {
    for (const reason of ['', 'etcdserver: mvcc: required revision has been compacted']) {
      const error = fromCancelReason(reason, { compactRevision: 7n, endpoint: 'http://a:1' });
      expect(error).toBeInstanceOf(CompactedError);
      expect(error).toMatchObject({
        compactRevision: 7n,
        retryable: false,
        endpoint: 'http://a:1',
        method: 'Watch.Watch',
      });
    }
  });

  it('is found in the raw text', () => {
    const error = fromCancelReason('etcdserver: permission denied', { compactRevision: 0n });
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error.message).toBe('etcdserver: permission denied');
  });

  it('is found behind the prefix of an error of Go', () => {
    const error = fromCancelReason(
      'rpc error: code = Unauthenticated desc = etcdserver: invalid auth token',
    );
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.code).toBe('INVALID_AUTH_TOKEN');
    expect(error.message).toBe('etcdserver: invalid auth token');
    expect(needsNewToken(error)).toBe(true);
  });

  it('is taken from the code in that prefix when the text is new', () => {
    const error = fromCancelReason('rpc error: code = PermissionDenied desc = not for you');
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(fromCancelReason('rpc error: code = Novelty desc = ?').code).toBe('UNKNOWN');
  });

  it('may be a learner that refuses streams: another member will accept them', () => {
    const error = fromCancelReason(
      'rpc error: code = Unavailable desc = etcdserver: rpc not supported for learner',
    );
    expect(error.code).toBe('NOT_SUPPORTED_FOR_LEARNER');
    expect(isTransient(error)).toBe(true);
  });

  it('may be missing', () => {
    const error = fromCancelReason('');
    expect(error).toMatchObject({ code: 'WATCH_CANCELED', retryable: true });
  });
});
