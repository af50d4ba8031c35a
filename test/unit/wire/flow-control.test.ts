import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flag, FrameType, Setting } from '../../../src/wire/protocol.js';
import {
  answer,
  frame,
  GOOD_HEADERS,
  message,
  settings,
  u32,
  type WireCall,
  WirePeer,
} from '../../support/wire-peer.js';

/** The side of the peer: what it has granted, and what has come. */
class Ledger {
  connection = 65_535;
  initial = 65_535;
  readonly streams = new Map<number, number>();
  readonly bodies = new Map<number, Buffer[]>();
  readonly ended = new Set<number>();

  /** Takes what was written, and checks that all of it was allowed. */
  async take(peer: WirePeer): Promise<void> {
    for (const { type, id, flags, payload } of await peer.frames()) {
      if (type === FrameType.HEADERS) {
        this.streams.set(id, this.initial);
        this.bodies.set(id, []);
      }
      if (type !== FrameType.DATA) continue;
      expect(payload.length).toBeLessThanOrEqual(16_384);
      this.connection -= payload.length;
      this.streams.set(id, (this.streams.get(id) as number) - payload.length);
      if (payload.length > 0) {
        expect(this.connection).toBeGreaterThanOrEqual(0);
        expect(this.streams.get(id)).toBeGreaterThanOrEqual(0);
      }
      this.bodies.get(id)?.push(payload);
      expect(this.ended.has(id)).toBe(false);
      if ((flags & Flag.END_STREAM) !== 0) this.ended.add(id);
    }
  }
}

type Step =
  | { readonly kind: 'call'; readonly bytes: number }
  | { readonly kind: 'connection' | 'stream'; readonly bytes: number; readonly pick: number }
  | { readonly kind: 'initial'; readonly bytes: number }
  | { readonly kind: 'block' | 'drain' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), bytes: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({
    kind: fc.constantFrom('connection' as const, 'stream' as const),
    bytes: fc.integer({ min: 1, max: 60_000 }),
    pick: fc.nat(),
  }),
  fc.record({ kind: fc.constant('initial' as const), bytes: fc.integer({ min: 0, max: 100_000 }) }),
  fc.record({ kind: fc.constantFrom('block' as const, 'drain' as const) }),
);

describe('what is sent', () => {
  it('is never more than the windows allow, comes whole, and stops for nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const peer = WirePeer.ready();
        const ledger = new Ledger();
        const calls: { readonly call: WireCall; readonly body: Buffer }[] = [];
        const grant = (id: number, bytes: number): void => {
          peer.send(frame(FrameType.WINDOW_UPDATE, 0, id, u32(bytes)));
          if (id === 0) ledger.connection += bytes;
          else ledger.streams.set(id, (ledger.streams.get(id) as number) + bytes);
        };
        await ledger.take(peer);
        for (const one of steps) {
          if (one.kind === 'call') {
            const body = Buffer.alloc(one.bytes, calls.length);
            calls.push({ call: peer.unary(body), body });
          } else if (one.kind === 'connection') {
            grant(0, one.bytes);
          } else if (one.kind === 'stream') {
            const ids = [...ledger.streams.keys()];
            if (ids.length > 0) grant(ids[one.pick % ids.length] as number, one.bytes);
          } else if (one.kind === 'initial') {
            peer.send(
              frame(FrameType.SETTINGS, 0, 0, settings([Setting.INITIAL_WINDOW_SIZE, one.bytes])),
            );
            for (const [id, left] of ledger.streams)
              ledger.streams.set(id, left + one.bytes - ledger.initial);
            ledger.initial = one.bytes;
          } else if (one.kind === 'block') {
            peer.blocked = true;
          } else {
            peer.blocked = false;
            peer.connection.drained();
          }
          await ledger.take(peer);
        }
        // With room for all, all comes, in the order in which it was written.
        peer.blocked = false;
        peer.connection.drained();
        await ledger.take(peer);
        for (let round = 0; round < 100 && ledger.ended.size < calls.length; round++) {
          grant(0, 100_000);
          for (const id of ledger.streams.keys()) {
            if (!ledger.ended.has(id)) grant(id, 100_000);
          }
          await ledger.take(peer);
        }
        expect(ledger.ended.size).toBe(calls.length);
        for (const { call, body } of calls) {
          expect(Buffer.concat(ledger.bodies.get(call.stream.id) ?? []).equals(message(body))).toBe(
            true,
          );
        }
        expect(peer.connection.state).toBe('ready');
      }),
      { numRuns: 150 },
    );
  });

  it('takes turns: a large message does not hold up a small one', async () => {
    const peer = WirePeer.ready();
    peer.unary('x'.repeat(200_000));
    await peer.frames();
    const small = peer.unary('small');
    peer.send(
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(40_000)),
      frame(FrameType.WINDOW_UPDATE, 0, 1, u32(200_000)),
    );
    const frames = await peer.frames();
    expect(
      frames.some(
        ({ id, flags, type }) =>
          id === small.stream.id && type === FrameType.DATA && flags === Flag.END_STREAM,
      ),
    ).toBe(true);
  });

  it('stays with its caller while the socket takes nothing: little is written ahead', async () => {
    const peer = WirePeer.ready([Setting.INITIAL_WINDOW_SIZE, 2 ** 30]);
    peer.send(frame(FrameType.WINDOW_UPDATE, 0, 0, u32(2 ** 30)));
    peer.blocked = true;
    peer.unary(Buffer.alloc(5_000_000));
    const written = async (): Promise<number> =>
      (await peer.frames()).reduce((sum, { payload }) => sum + payload.length, 0);
    expect(await written()).toBeLessThan(300_000);
    peer.connection.drained();
    expect(await written()).toBeLessThan(300_000);
    peer.blocked = false;
    peer.connection.drained();
    expect(await written()).toBeGreaterThan(4_000_000);
  });
});

describe('what is received', () => {
  const start = (peer: WirePeer, id: number): void =>
    peer.send(frame(FrameType.HEADERS, Flag.END_HEADERS, id, GOOD_HEADERS));
  /** Sums what was granted, by stream. */
  const granted = async (peer: WirePeer): Promise<Map<number, number>> => {
    const sums = new Map<number, number>();
    for (const { type, id, payload } of await peer.frames()) {
      if (type === FrameType.WINDOW_UPDATE)
        sums.set(id, (sums.get(id) ?? 0) + payload.readUInt32BE(0));
    }
    return sums;
  };

  it('of one message larger than the window goes on while somebody waits for it', async () => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    start(peer, 1);
    await peer.frames();
    const body = message(Buffer.alloc(5_000_000, 'x'));
    let window = 2 ** 20;
    for (let at = 0; at < body.length; ) {
      const end = Math.min(body.length, at + Math.min(16_384, window));
      expect(end).toBeGreaterThan(at);
      peer.send(frame(FrameType.DATA, 0, 1, body.subarray(at, end)));
      window += ((await granted(peer)).get(1) ?? 0) - (end - at);
      at = end;
    }
    expect(call.messages[0]).toHaveLength(5_000_000);
  });

  it('by a stream that nobody reads stops at a mebibyte, and holds up no other stream', async () => {
    const peer = WirePeer.ready();
    const slow = peer.open();
    start(peer, 1);
    await peer.frames();
    const part = message(Buffer.alloc(16_379));
    for (let sent = 0; sent < 2 ** 20; sent += part.length)
      peer.send(frame(FrameType.DATA, 0, 1, part));
    const first = await granted(peer);
    expect(first.get(1)).toBeUndefined();
    const quick = peer.unary();
    peer.send(answer(quick.stream.id, 'quick'));
    expect(quick.messages).toEqual(['quick']);
    // As it is read, the peer may go on.
    slow.stream.read(40);
    const after = await granted(peer);
    expect(after.get(1)).toBe(40 * part.length);
    expect(slow.messages).toHaveLength(40);
  });
});
