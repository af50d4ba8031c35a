import { describe, expect, it } from 'vitest';
import {
  type EtcdError,
  fromGrpcStatus,
  GrpcCode,
  PermissionDeniedError,
} from '../../../src/errors/index.js';
import { encodeUtf8 } from '../../../src/internal/bytes.js';
import { explainRefusal } from '../../../src/rpc/refusal.js';

const key = encodeUtf8('config/a');

function refusal(details: string, method: string): EtcdError {
  const context = { method, sent: true, write: true };
  return fromGrpcStatus({ code: GrpcCode.UNKNOWN, details }, context);
}

const explained = (details: string, method: string, request: object, user?: string): string =>
  explainRefusal(refusal(details, method), method, request, { size: 2_097_160, user }).message;

describe('a refusal', () => {
  it('names the user, the right and the keys that were not permitted', () => {
    const denied = 'etcdserver: permission denied';
    expect(explained(denied, 'KV.Range', { key }, 'alice')).toBe(
      'etcdserver: permission denied (the user "alice" may not read the key "config/a")',
    );
    expect(explained(denied, 'KV.Put', { key })).toContain(
      '(this user may not write the key "config/a")',
    );
    const rangeEnd = encodeUtf8('config/b');
    expect(explained(denied, 'KV.DeleteRange', { key, rangeEnd })).toContain(
      'may not write the keys from "config/a" to "config/b"',
    );
    expect(explained(denied, 'KV.Range', { key, rangeEnd: Uint8Array.of(0) })).toContain(
      'may not read the keys from "config/a" on',
    );
    expect(explained(denied, 'Maintenance.Defragment', {}, 'bob')).toContain(
      'the user "bob" may not call Maintenance.Defragment',
    );
  });

  it('of a transaction names its keys, nested ones too, and counts the rest', () => {
    const put = (name: string) => ({ requestPut: { key: encodeUtf8(name) } });
    const txn = {
      compare: [{ key }],
      success: [{ requestTxn: { success: [put('b'), put('b')], failure: [put('c')] } }],
      failure: [put('d'), put('e')],
    };
    expect(explained('etcdserver: permission denied', 'KV.Txn', txn)).toContain(
      'may not read or write one of the key "config/a", the key "b", the key "c" and 2 more',
    );
  });

  it('names the lease that was not found, in hex and in decimal', () => {
    const missing = 'etcdserver: requested lease not found';
    expect(explained(missing, 'KV.Put', { key, lease: 0x7bn })).toBe(
      `${missing} (lease 7b (123n) for the key "config/a": it may have expired or been revoked)`,
    );
    expect(explained(missing, 'Lease.LeaseRevoke', { id: 10n })).toContain('(lease a (10n):');
  });

  it('tells the size of a request that is too large', () => {
    expect(explained('etcdserver: request is too large', 'KV.Put', { key })).toContain(
      'the request for the key "config/a" has 2097160 bytes',
    );
  });

  it('of a transaction with one key names that key', () => {
    const missing = 'etcdserver: requested lease not found';
    const txn = { compare: [{ key }], success: [{ requestPut: { key, lease: 1n } }] };
    expect(explained(missing, 'KV.Txn', txn)).toContain('(lease 1 (1n) for the key "config/a":');
  });

  it('tells what was asked for that is not there', () => {
    expect(explained('etcdserver: key not found', 'KV.Put', { key })).toContain(
      'the key "config/a" must exist',
    );
    const compacted = 'etcdserver: mvcc: required revision has been compacted';
    expect(explained(compacted, 'KV.Range', { key, revision: 4n })).toContain(
      'the revision 4 was asked for, of the key "config/a"',
    );
    const future = 'etcdserver: mvcc: required revision is a future revision';
    expect(explained(future, 'KV.Compact', { revision: 99n })).toContain(
      'the revision 99 was asked for',
    );
    expect(explained(future, 'KV.Range', { key })).toBe(future);
    expect(explained('etcdserver: member not found', 'Cluster.MemberRemove', { id: 7n })).toContain(
      'the id 7n',
    );
  });

  it('counts the operations of a transaction that has too many', () => {
    const put = { requestPut: { key } };
    const txn = { success: [put, { requestTxn: { success: [put], failure: [put] } }] };
    const refused = 'etcdserver: too many operations in txn request';
    expect(explained(refused, 'KV.Txn', txn)).toContain('3 were asked for');
  });

  it('keeps its class and everything else, and other errors are left alone', () => {
    const error = refusal('etcdserver: permission denied', 'KV.Put');
    const better = explainRefusal(error, 'KV.Put', { key }, { size: 1, user: undefined });
    expect(better).toBeInstanceOf(PermissionDeniedError);
    expect(better).toMatchObject({ code: error.code, outcome: error.outcome, method: 'KV.Put' });
    const other = refusal('etcdserver: no leader', 'KV.Put');
    expect(explainRefusal(other, 'KV.Put', { key }, { size: 1, user: undefined })).toBe(other);
  });
});
