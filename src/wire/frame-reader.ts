import { ConnectionFault } from './faults.js';
import { DEFAULT_FRAME_BYTES, FRAME_HEADER_BYTES, H2Code, readUint31 } from './protocol.js';

/** Takes a frame whose payload is `bytes[start..end]`; the bytes are lent until it returns. False stops the reading. */
export type OnFrame = (
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
) => boolean;

/**
 * Cuts what arrives into frames, wherever the network has cut it. A frame that has arrived whole is handed
 * on where it is; the beginning of one is kept until the rest is there. So much is kept at most, since a
 * larger frame is an error.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #kept: Buffer | undefined;
  #keptBytes = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes bytes, which may be written over when this returns.
   *
   * @throws ConnectionFault for a frame that is too large
   */
  push(bytes: Buffer, length: number): void {
    let at = this.#keptBytes === 0 ? 0 : this.#finishKept(bytes, length);
    if (at < 0) return;
    while (length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + payloadBytes(bytes, at);
      if (end > length) break;
      if (!this.#hand(bytes, at, end)) return;
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length);
  }

  /** Completes the frame that was begun; returns the end of it, or -1 if there is nothing more to do. */
  #finishKept(bytes: Buffer, length: number): number {
    let at = 0;
    if (this.#keptBytes < FRAME_HEADER_BYTES) {
      at = Math.min(length, FRAME_HEADER_BYTES - this.#keptBytes);
      this.#keep(bytes, 0, at);
      if (this.#keptBytes < FRAME_HEADER_BYTES) return -1;
    }
    const kept = this.#kept as Buffer;
    const whole = FRAME_HEADER_BYTES + payloadBytes(kept, 0);
    const end = Math.min(length, at + whole - this.#keptBytes);
    this.#keep(bytes, at, end);
    if (this.#keptBytes < whole) return -1;
    this.#keptBytes = 0;
    return this.#hand(kept, 0, whole) ? end : -1;
  }

  #hand(bytes: Buffer, at: number, end: number): boolean {
    return this.#onFrame(
      bytes[at + 3] as number,
      bytes[at + 4] as number,
      readUint31(bytes, at + 5),
      bytes,
      at + FRAME_HEADER_BYTES,
      end,
    );
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    this.#kept ??= Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + DEFAULT_FRAME_BYTES);
    this.#keptBytes += bytes.copy(this.#kept, this.#keptBytes, start, end);
  }
}

function payloadBytes(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length <= DEFAULT_FRAME_BYTES) return length;
  throw new ConnectionFault(H2Code.FRAME_SIZE_ERROR, `a frame of ${length} bytes is too large`);
}
