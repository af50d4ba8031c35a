import { Flag, FrameType } from '../../src/wire/protocol.js';
import { answer, frame, message, settings, u32, type WireCall, WirePeer } from './wire-peer.js';

const CALLS = 10;
const MOST_DAMAGES = 8;
const LARGEST_PIECE = 3_000;
const CALL_TIMEOUT_MS = 5_000;

/** Bytes of an honest peer, to be damaged: answers to ten calls, with pings and windows between them. */
export function honestBytes(): Buffer {
  const parts = [frame(FrameType.SETTINGS, 0, 0, settings([3, 100], [4, 65_535]))];
  for (let id = 1; id < 2 * CALLS; id += 2) {
    parts.push(
      answer(id, 'x'.repeat(id * 10), 'y'),
      frame(FrameType.PING, 0, 0, Buffer.alloc(8)),
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(100)),
    );
  }
  parts.push(frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(19), u32(0)])));
  return Buffer.concat(parts);
}

const HONEST = honestBytes();

/** Bytes that a test has made up, and the calls that get them. */
export interface HostileRun {
  readonly peer: WirePeer;
  readonly calls: readonly WireCall[];
  readonly bytes: number;
}

/** Sends the bytes of an honest peer with a few of them changed, in pieces. */
export function sendDamaged(roll: (sides: number) => number): HostileRun {
  const peer = new WirePeer();
  const calls = Array.from({ length: CALLS }, () => peer.unary('q', CALL_TIMEOUT_MS));
  const bytes = Buffer.from(HONEST);
  for (let damages = roll(MOST_DAMAGES + 1); damages > 0; damages--) {
    bytes[roll(bytes.length)] = roll(256);
  }
  peer.sendInPieces(bytes, 1 + roll(LARGEST_PIECE));
  return { peer, calls, bytes: bytes.length };
}

const BODIES = [message('m'), u32(1), settings([4, 0]), Buffer.from([0x88])];
const USUAL_FLAGS = [0, 1, 4, 5, 8, 13];
const USUAL_IDS = [0, 1, 3, 5];
const MOST_FRAMES = 60;
const LARGEST_BODY = 400;

/** Sends frames that anybody could make up: mostly of known kinds and on open streams, with any content. */
export function sendMadeUp(roll: (sides: number) => number): HostileRun {
  const peer = WirePeer.ready();
  const calls = [peer.unary(), peer.unary('q', CALL_TIMEOUT_MS), peer.open()];
  peer.send(frame(FrameType.HEADERS, Flag.END_HEADERS, 5, Buffer.from([0x88])));
  let bytes = 0;
  for (let frames = roll(MOST_FRAMES); frames > 0; frames--) {
    const type = roll(4) === 0 ? roll(256) : roll(10);
    const flags = roll(2) === 0 ? (USUAL_FLAGS[roll(USUAL_FLAGS.length)] ?? 0) : roll(256);
    const id = roll(4) === 0 ? roll(2 ** 24) : (USUAL_IDS[roll(USUAL_IDS.length)] ?? 0);
    const known = BODIES[roll(2 * BODIES.length)];
    const body = known ?? Buffer.from(Array.from({ length: roll(LARGEST_BODY) }, () => roll(256)));
    const made = frame(type, flags, id, body);
    bytes += made.length;
    peer.send(made);
  }
  return { peer, calls, bytes };
}

/** Sends bytes of which nothing is known, behind settings that let them in. */
export function sendNoise(roll: (sides: number) => number): HostileRun {
  const peer = WirePeer.ready();
  const calls = [peer.unary(), peer.open()];
  const noise = Buffer.from(Array.from({ length: 1 + roll(LARGEST_PIECE) }, () => roll(256)));
  peer.sendInPieces(noise, 1 + roll(noise.length));
  return { peer, calls, bytes: noise.length };
}

/**
 * Returns the promise that a hostile peer may not break: when the socket is gone, each call has ended once,
 * and nothing is left.
 *
 * @throws Error that says which one was broken
 */
export async function expectClean({ peer, calls }: HostileRun): Promise<void> {
  await peer.clock.advance(0);
  peer.connection.lost('gone');
  await peer.clock.advance(0);
  if (calls.some(({ end }) => end === undefined)) throw new Error('a call has not ended');
  if (peer.connection.state !== 'closed') throw new Error('the connection is not closed');
  if (peer.clock.timers > 0) throw new Error('a timer is left');
}
