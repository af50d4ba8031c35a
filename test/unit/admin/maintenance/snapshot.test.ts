import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readSnapshot } from '../../../../src/admin/maintenance/snapshot.js';
import type { SnapshotResponse } from '../../../../src/rpc/generated/types.js';
import type { ServerStream, Transport } from '../../../../src/transport/transport.js';
import { failureOf } from '../../../support/client.js';

const CONTENT = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const CHECKSUM = createHash('sha256').update(CONTENT).digest();
const WHOLE = Buffer.concat([CONTENT, CHECKSUM]);

/** A member that streams these bytes in chunks of this size; `remainingBytes` leaves the checksum out. */
function member(file: Uint8Array, chunkBytes: number): Transport {
  async function* responses(): AsyncGenerator<SnapshotResponse> {
    for (let sent = 0; sent < file.length; sent += chunkBytes) {
      const blob = file.subarray(sent, sent + chunkBytes);
      const left = Math.max(0, CONTENT.length - sent - blob.length);
      yield { header: undefined, remainingBytes: BigInt(left), blob, version: '' };
    }
  }
  const stream = { [Symbol.asyncIterator]: responses, cancel: () => {} };
  return { serverStream: () => stream as ServerStream<never> } as Partial<Transport> as Transport;
}

async function read(transport: Transport): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readSnapshot(transport, {}, undefined)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a snapshot whose last bytes are the checksum of the rest', () => {
  test.each([1, 7, 31, 32, 33, 500, 1000])('is whole, in chunks of %i bytes', async (size) => {
    expect(await read(member(WHOLE, size))).toEqual(WHOLE);
  });

  test('is refused when a byte was changed', async () => {
    const damaged = Buffer.from(WHOLE);
    damaged[500] = 0xff;
    const error = await failureOf(read(member(damaged, 100)));
    expect(error).toMatchObject({ code: 'SNAPSHOT_CORRUPT', method: 'Maintenance.Snapshot' });
    expect(error.message).toContain('1032 of 1032 bytes');
  });

  test.each([0, 1, 999, 1000, 1031])('is refused when it ends after %i bytes', async (length) => {
    const error = await failureOf(read(member(WHOLE.subarray(0, length), 100)));
    expect(error.code).toBe('SNAPSHOT_CORRUPT');
  });

  test('tells its progress before each chunk is handed out', async () => {
    const seen: number[] = [];
    const chunks = readSnapshot(member(WHOLE, 500), {}, ({ receivedBytes, totalBytes }) => {
      expect(totalBytes).toBe(WHOLE.length);
      seen.push(receivedBytes);
    });
    await chunks.next();
    expect(seen).toEqual([500]);
    await chunks.return(undefined);
  });
});
