import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Method } from '../../src/rpc/method.js';
import { auth, election, kv, lease, maintenance, watch } from '../../src/rpc/services.js';
import {
  arbitraryFullMessage,
  arbitraryMessage,
  expectedRead,
  type MessageName,
  plainMessage,
} from '../support/arbitrary-messages.js';
import { loaderCodec } from '../support/loader-codec.js';

/** The RPCs with codecs of their own, and what their messages are called. */
const hot = [
  hotRpc(kv.range, 'Range'),
  { ...hotRpc(kv.rangeStream, 'RangeStream'), request: 'etcdserverpb.RangeRequest' as const },
  hotRpc(kv.put, 'Put'),
  hotRpc(kv.deleteRange, 'DeleteRange'),
  hotRpc(kv.txn, 'Txn'),
  hotRpc(watch.watch, 'Watch'),
  hotRpc(lease.leaseKeepAlive, 'LeaseKeepAlive'),
  hotRpc(lease.leaseGrant, 'LeaseGrant'),
  hotRpc(lease.leaseRevoke, 'LeaseRevoke'),
  hotRpc(maintenance.status, 'Status'),
  hotRpc(maintenance.snapshot, 'Snapshot'),
  hotRpc(auth.authenticate, 'Authenticate'),
  hotRpc(election.leader, 'Leader', 'v3electionpb'),
];

function hotRpc(method: Method<never, object>, stem: string, packageName = 'etcdserverpb') {
  const request = `${packageName}.${stem}Request` as MessageName;
  const response = `${packageName}.${stem}Response` as MessageName;
  return { name: method.name, method, request, response };
}

/** A field with number 20, which no message has, of each wire type there is. */
const unknownField: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([0xa0, 0x01, 0x96, 0x01]),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => [0xa1, 0x01, ...bytes]),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => [0xa2, 0x01, bytes.length, ...bytes]),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [0xa5, 0x01, ...bytes]),
);

describe.each(hot)('$name', ({ method, request, response }) => {
  test('what it writes, proto-loader reads as it was given', () => {
    const { decode } = loaderCodec(request);
    const writtenAndRead = (written: object): void => {
      const bytes = method.encode(written as never);
      expect(plainMessage(request, decode(bytes))).toEqual(expectedRead(request, written));
    };
    fc.assert(fc.property(arbitraryMessage(request), writtenAndRead), { numRuns: 300 });
    fc.assert(fc.property(arbitraryFullMessage(request), writtenAndRead), { numRuns: 50 });
  });

  test('what proto-loader writes, it reads as it was given', () => {
    const { encode } = loaderCodec(response);
    const writtenAndRead = (written: object): void => {
      const read = method.decode(encode(written));
      expect(plainMessage(response, read)).toEqual(expectedRead(response, written));
    };
    fc.assert(fc.property(arbitraryMessage(response), writtenAndRead), { numRuns: 300 });
    fc.assert(fc.property(arbitraryFullMessage(response), writtenAndRead), { numRuns: 50 });
  });

  test('fields it does not know are stepped over, wherever they are', () => {
    const { encode } = loaderCodec(response);
    fc.assert(
      fc.property(arbitraryMessage(response), fc.array(unknownField), (written, unknown) => {
        const bytes = Uint8Array.from([...unknown.flat(), ...encode(written), ...unknown.flat()]);
        const read = method.decode(bytes);
        expect(plainMessage(response, read)).toEqual(expectedRead(response, written));
      }),
      { numRuns: 100 },
    );
  });
});
