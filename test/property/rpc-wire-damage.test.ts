import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kv, lease, maintenance, watch, watchMessages } from '../../src/rpc/services.js';
import type { EventRun } from '../../src/rpc/watch-message.js';
import {
  arbitraryFullMessage,
  type MessageName,
  plainMessage,
} from '../support/arbitrary-messages.js';
import { loaderCodec } from '../support/loader-codec.js';

const responses = {
  'etcdserverpb.RangeResponse': kv.range,
  'etcdserverpb.RangeStreamResponse': kv.rangeStream,
  'etcdserverpb.PutResponse': kv.put,
  'etcdserverpb.DeleteRangeResponse': kv.deleteRange,
  'etcdserverpb.TxnResponse': kv.txn,
  'etcdserverpb.WatchResponse': watch.watch,
  'etcdserverpb.LeaseKeepAliveResponse': lease.leaseKeepAlive,
  'etcdserverpb.LeaseGrantResponse': lease.leaseGrant,
  'etcdserverpb.LeaseRevokeResponse': lease.leaseRevoke,
  'etcdserverpb.StatusResponse': maintenance.status,
} as const;

/** Kinds of damage, each at a place between 0 and 1. */
const damage = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }).map((at) => (bytes: Uint8Array) => {
    return bytes.slice(0, Math.floor(at * bytes.length));
  }),
  fc
    .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1 })
    .map((changes) => (bytes: Uint8Array) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[Math.floor(at * bytes.length)] = value;
      return changed;
    }),
  fc.uint8Array({ maxLength: 200 }).map((noise) => () => noise),
);

describe('damaged bytes', () => {
  for (const [name, method] of Object.entries(responses)) {
    const message = name as MessageName;

    test(`${name}: a decode error, or a whole record`, () => {
      const { encode } = loaderCodec(message);
      fc.assert(
        fc.property(arbitraryFullMessage(message), damage, (written, hurt) => {
          const damaged = hurt(encode(written));
          let record: object;
          try {
            record = method.decode(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            expect((error as Error).message).toMatch(/^malformed .*: .*, before byte \d+$/);
            return;
          }
          // Whatever was read can be looked at, and comes from the bytes that arrived.
          plainMessage(message, record);
          for (const view of viewsIn(record)) {
            expect(view.buffer).toBe(damaged.buffer);
            expect(view.byteOffset + view.length).toBeLessThanOrEqual(
              damaged.byteOffset + damaged.length,
            );
          }
        }),
        { numRuns: 1_000 },
      );
    });
  }

  test('events that were left for later can all be read later', () => {
    const { encode } = loaderCodec('etcdserverpb.WatchResponse');
    fc.assert(
      fc.property(arbitraryFullMessage('etcdserverpb.WatchResponse'), damage, (written, hurt) => {
        let runs: readonly EventRun[];
        try {
          ({ runs } = watchMessages.decode(hurt(encode(written))));
        } catch {
          return;
        }
        for (const run of runs) {
          const revisions = run.read().map((event) => event.kv?.modRevision ?? 0n);
          expect(revisions).toEqual(Array(run.count).fill(BigInt(run.revision)));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('the codec of the descriptor says so too', () => {
    const { encode, decode } = loaderCodec('etcdserverpb.MemberListResponse');
    fc.assert(
      fc.property(
        arbitraryFullMessage('etcdserverpb.MemberListResponse'),
        damage,
        (written, hurt) => {
          try {
            plainMessage('etcdserverpb.MemberListResponse', decode(hurt(encode(written))));
          } catch (error) {
            expect((error as Error).message).toBe('malformed MemberListResponse');
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Every run of bytes in a record. */
function viewsIn(value: unknown): readonly Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const plain = 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value;
  return Object.values(plain as object).flatMap(viewsIn);
}
