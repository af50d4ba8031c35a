import { describe, expect, it } from 'vitest';
import { Flag, FrameType, H2Code, Setting } from '../../../src/wire/protocol.js';
import { answer, frame, GOOD_HEADERS, message, WirePeer } from '../../support/wire-peer.js';

// A caller that is told "not sent" may call again: so that must be true. A caller may also do anything at
// any moment without harm to the others.

const ONE_AT_A_TIME = [Setting.MAX_CONCURRENT_STREAMS, 1] as const;

describe('a call that waits for its turn', () => {
  it('is never sent when its time is over at the moment of its turn', async () => {
    const peer = WirePeer.ready([...ONE_AT_A_TIME]);
    const calls = ['first', 'second', 'third'].map((text) => peer.unary(text, 1_000));
    await peer.frames();
    await peer.clock.advance(1_020);
    const sent = await peer.frames();
    expect(sent.map(({ type, id }) => [type, id])).toEqual([[FrameType.RST_STREAM, 1]]);
    expect(calls.map(({ ends }) => ends.length)).toEqual([1, 1, 1]);
  });

  it('is told as sent when it goes out together with the reason for an end', async () => {
    const peer = WirePeer.ready([...ONE_AT_A_TIME]);
    peer.unary('first');
    const second = peer.unary('second');
    await peer.frames();
    // The answer gives the second call its turn; the settings on a stream are an error.
    peer.send(answer(1, 'x'), frame(FrameType.SETTINGS, 0, 1, ''));
    const sent = await peer.frames();
    expect(sent.map(({ type }) => type)).toContain(FrameType.GOAWAY);
    expect(sent.some(({ type, id }) => type === FrameType.HEADERS && id === 3)).toBe(true);
    expect(second.ends[0]?.details).not.toContain('start HTTP/2 stream');
  });

  it('keeps the process alive before the settings have come, too', async () => {
    const peer = new WirePeer();
    await peer.frames();
    const call = peer.unary('x');
    await peer.frames();
    expect(peer.referenced).toBe(true);
    call.stream.cancel({ code: 1, details: 'given up' });
    expect(peer.referenced).toBe(false);
  });
});

describe('a stream whose good end waits to be read', () => {
  it('sends nothing more, and cannot hurt the connection', async () => {
    const peer = WirePeer.ready();
    const { stream } = peer.open();
    stream.write(Buffer.from('question'));
    await peer.frames();
    peer.blocked = true;
    peer.send(answer(1, 'x'));
    stream.write(Buffer.from('late'));
    stream.cancel({ code: 1, details: 'given up' });
    peer.blocked = false;
    peer.connection.drained();
    const sent = await peer.frames();
    expect(sent.filter(({ type }) => type === FrameType.DATA)).toEqual([]);
  });
});

it('a large message and a small one take turns', async () => {
  const peer = WirePeer.ready([Setting.INITIAL_WINDOW_SIZE, 2 ** 30]);
  peer.blocked = true;
  peer.unary('z');
  await peer.frames();
  peer.unary(Buffer.alloc(60_000));
  peer.unary('small');
  peer.blocked = false;
  peer.connection.drained();
  const data = (await peer.frames()).filter(({ type }) => type === FrameType.DATA);
  const small = data.findIndex(({ id }) => id === 5);
  const lastOfLarge = data.findLastIndex(({ id }) => id === 3);
  expect(small).toBeGreaterThan(-1);
  expect(small).toBeLessThan(lastOfLarge);
});

it('a call that ends itself at its first message gets no second one', async () => {
  const peer = WirePeer.ready();
  const got: string[] = [];
  const call = peer.open();
  const { stream } = call;
  call.onMessage = (bytes) => {
    got.push(Buffer.from(bytes).toString());
    stream.read();
    stream.cancel({ code: 1, details: 'enough' });
  };
  stream.read();
  await peer.frames();
  const both = Buffer.concat([message('one'), message('two')]);
  peer.send(
    frame(FrameType.HEADERS, Flag.END_HEADERS, 1, GOOD_HEADERS),
    frame(FrameType.DATA, 0, 1, both),
  );
  expect(got).toEqual(['one']);
  expect((await peer.frames()).some(({ payload }) => payload.includes(H2Code.CANCEL))).toBe(true);
});
