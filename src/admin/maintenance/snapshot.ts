import { createHash, type Hash } from 'node:crypto';
import { EtcdError, toSafeNumber } from '../../errors/index.js';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../internal/bytes.js';
import { maintenance } from '../../rpc/services.js';
import type { Transport, TransportCallOptions } from '../../transport/transport.js';

/** The progress of a snapshot. */
export interface SnapshotProgress {
  /** Bytes so far. */
  readonly receivedBytes: number;
  /** Bytes there will be, the checksum at the end included. */
  readonly totalBytes: number;
}

/** Size of the SHA-256 at the end of every snapshot. It is computed from all bytes before it. */
const CHECKSUM_BYTES = 32;

/**
 * Reads a snapshot and gives its bytes as they arrive, the checksum at the end included. So its chunks can
 * be trusted only when the iteration has ended without an error.
 *
 * @param onProgress called for each message of the server, before its bytes are given
 * @throws EtcdError `SNAPSHOT_CORRUPT` at the end, when bytes are missing or the checksum is wrong
 */
export async function* readSnapshot(
  transport: Transport,
  call: TransportCallOptions,
  onProgress: ((progress: SnapshotProgress) => void) | undefined,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  const checksum = new TrailingChecksum();
  let receivedBytes = 0;
  let totalBytes: number | undefined;
  for await (const { blob, remainingBytes } of transport.serverStream(
    maintenance.snapshot,
    {},
    call,
  )) {
    // The server's number of remaining bytes does not include the checksum.
    totalBytes ??= blob.length + toSafeNumber('remainingBytes', remainingBytes) + CHECKSUM_BYTES;
    receivedBytes += blob.length;
    checksum.add(blob);
    onProgress?.({ receivedBytes, totalBytes });
    if (blob.length > 0) yield blob;
  }
  if (receivedBytes === totalBytes && checksum.holds()) return undefined;
  throw new EtcdError(
    `the snapshot is damaged: ${receivedBytes} of ${totalBytes ?? 'unknown'} bytes came, and their checksum ${checksum.holds() ? 'is right' : 'is wrong'}`,
    { code: 'SNAPSHOT_CORRUPT', method: maintenance.snapshot.name, endpoint: call.endpoint },
  );
}

/** Compares the last bytes of a stream with the SHA-256 of those before. */
class TrailingChecksum {
  readonly #hash: Hash = createHash('sha256');
  /** Bytes that may be the checksum, as long as none follow. */
  #last: Uint8Array = EMPTY_BYTES;
  #verdict: boolean | undefined;

  add(bytes: Uint8Array): void {
    const known = concatBytes(this.#last, bytes);
    const content = Math.max(0, known.length - CHECKSUM_BYTES);
    this.#hash.update(known.subarray(0, content));
    this.#last = known.subarray(content);
  }

  /** Returns whether the checksum is right. No bytes can be added afterwards. */
  holds(): boolean {
    this.#verdict ??= equalBytes(this.#last, this.#hash.digest());
    return this.#verdict;
  }
}
