import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Flag, FrameType } from '../../../src/wire/protocol.js';
import { answer, frame, message, settings, u32, WirePeer } from '../../support/wire-peer.js';

/** Bytes of an honest peer, to be damaged: answers to ten calls, with pings and windows between them. */
function honest(): Buffer {
  const parts = [frame(FrameType.SETTINGS, 0, 0, settings([3, 100], [4, 65_535]))];
  for (let id = 1; id < 20; id += 2) {
    parts.push(
      answer(id, 'x'.repeat(id * 10), 'y'),
      frame(FrameType.PING, 0, 0, Buffer.alloc(8)),
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(100)),
    );
  }
  parts.push(frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(19), u32(0)])));
  return Buffer.concat(parts);
}

const HONEST = honest();

/** Every call has ended once, and nothing is left, when the socket is gone at the latest. */
async function expectClean(
  peer: WirePeer,
  calls: readonly ReturnType<WirePeer['unary']>[],
): Promise<void> {
  await peer.clock.advance(0);
  peer.connection.lost('gone');
  await peer.clock.advance(0);
  for (const call of calls) expect(call.end).toBeDefined();
  expect(peer.connection.state).toBe('closed');
  expect(peer.clock.timers).toBe(0);
}

it('damaged bytes of an honest peer end calls, and nothing else: no exception, no hang, nothing left', async () => {
  const damage = fc.record({
    at: fc.nat({ max: HONEST.length - 1 }),
    to: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat({ max: 255 })),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(damage, { maxLength: 8 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (damages, size) => {
        const peer = new WirePeer();
        const calls = Array.from({ length: 10 }, () => peer.unary('q', 5_000));
        const bytes = Buffer.from(HONEST);
        for (const { at, to } of damages) bytes[at] = to;
        peer.sendInPieces(bytes, size);
        await expectClean(peer, calls);
      },
    ),
    { numRuns: 400 },
  );
});

it('frames that anybody could make up do no more', async () => {
  const any = fc
    .record({
      type: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 255 })),
      flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 13), fc.nat({ max: 255 })),
      id: fc.oneof(fc.constantFrom(0, 1, 3, 5), fc.nat({ max: 2 ** 31 - 1 })),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(message('m'), u32(1), settings([4, 0]), Buffer.from([0x88])),
      ),
    })
    .map(({ type, flags, id, payload }) => frame(type, flags, id, payload));
  await fc.assert(
    fc.asyncProperty(fc.array(any, { maxLength: 60 }), async (frames) => {
      const peer = WirePeer.ready();
      const calls = [peer.unary(), peer.unary('q', 1_000), peer.open()];
      peer.send(frame(FrameType.HEADERS, Flag.END_HEADERS, 5, Buffer.from([0x88])));
      for (const bytes of frames) peer.send(bytes);
      await expectClean(peer, calls);
    }),
    { numRuns: 400 },
  );
});
