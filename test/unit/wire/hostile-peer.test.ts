import { describe, expect, it } from 'vitest';
import { Flag, FrameType, H2Code, Setting } from '../../../src/wire/protocol.js';
import {
  answer,
  fields,
  frame,
  GOOD_HEADERS,
  GOOD_TRAILERS,
  message,
  settings,
  u32,
  WirePeer,
} from '../../support/wire-peer.js';

const { END_STREAM, END_HEADERS, ACK, PADDED } = Flag;
const HEADERS = frame(FrameType.HEADERS, END_HEADERS, 1, GOOD_HEADERS);

/** A connection with one call under way, on stream 1. */
function underWay(): WirePeer & { call: ReturnType<WirePeer['unary']> } {
  const peer = WirePeer.ready();
  return Object.assign(peer, { call: peer.unary() });
}

describe('a peer that breaks a rule of the connection gets a GOAWAY that names it, and the call ends', () => {
  it.each<[string, number, Buffer]>([
    ['DATA on stream 0', H2Code.PROTOCOL_ERROR, frame(FrameType.DATA, 0, 0, 'x')],
    ['DATA on an idle stream', H2Code.PROTOCOL_ERROR, frame(FrameType.DATA, 0, 3, 'x')],
    ['DATA on a stream of its own', H2Code.PROTOCOL_ERROR, frame(FrameType.DATA, 0, 2, 'x')],
    [
      'DATA with more padding than payload',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.DATA, PADDED, 1, Buffer.from([5, 1])),
    ],
    ['padded DATA without a length', H2Code.FRAME_SIZE_ERROR, frame(FrameType.DATA, PADDED, 1)],
    [
      'HEADERS on stream 0',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.HEADERS, END_HEADERS, 0, GOOD_HEADERS),
    ],
    [
      'HEADERS on an idle stream',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.HEADERS, END_HEADERS, 9, GOOD_HEADERS),
    ],
    [
      'HEADERS with more padding than payload',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.HEADERS, END_HEADERS | PADDED, 1, Buffer.from([9, 0x88])),
    ],
    [
      'HEADERS too short for their priority',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.HEADERS, END_HEADERS | Flag.PRIORITY, 1, 'abc'),
    ],
    [
      'header fields that cannot be decoded',
      H2Code.COMPRESSION_ERROR,
      frame(FrameType.HEADERS, END_HEADERS, 1, Buffer.from([0x80])),
    ],
    [
      'another frame between HEADERS and its CONTINUATION',
      H2Code.PROTOCOL_ERROR,
      Buffer.concat([
        frame(FrameType.HEADERS, 0, 1, GOOD_HEADERS),
        frame(FrameType.PING, 0, 0, Buffer.alloc(8)),
      ]),
    ],
    [
      'CONTINUATION of another stream',
      H2Code.PROTOCOL_ERROR,
      Buffer.concat([
        frame(FrameType.HEADERS, 0, 1, GOOD_HEADERS),
        frame(FrameType.CONTINUATION, END_HEADERS, 3),
      ]),
    ],
    [
      'CONTINUATION without HEADERS',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.CONTINUATION, END_HEADERS, 1, GOOD_HEADERS),
    ],
    [
      'a header block of too many CONTINUATION frames',
      H2Code.ENHANCE_YOUR_CALM,
      Buffer.concat([
        frame(FrameType.HEADERS, 0, 1),
        ...Array.from({ length: 40 }, () => frame(FrameType.CONTINUATION, 0, 1)),
      ]),
    ],
    [
      'a header block of more than 64 KiB',
      H2Code.ENHANCE_YOUR_CALM,
      Buffer.concat([
        frame(FrameType.HEADERS, 0, 1),
        ...Array.from({ length: 5 }, () =>
          frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_384)),
        ),
      ]),
    ],
    [
      'PRIORITY on stream 0',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.PRIORITY, 0, 0, Buffer.alloc(5)),
    ],
    ['RST_STREAM on stream 0', H2Code.PROTOCOL_ERROR, frame(FrameType.RST_STREAM, 0, 0, u32(0))],
    [
      'RST_STREAM on an idle stream',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.RST_STREAM, 0, 5, u32(0)),
    ],
    [
      'RST_STREAM of a wrong size',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.RST_STREAM, 0, 1, 'abc'),
    ],
    ['SETTINGS on a stream', H2Code.PROTOCOL_ERROR, frame(FrameType.SETTINGS, 0, 1)],
    ['SETTINGS of a wrong size', H2Code.FRAME_SIZE_ERROR, frame(FrameType.SETTINGS, 0, 0, 'abc')],
    [
      'an acknowledgement of SETTINGS with content',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.SETTINGS, ACK, 0, settings([4, 1])),
    ],
    [
      'SETTINGS_ENABLE_PUSH of 1',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.SETTINGS, 0, 0, settings([Setting.ENABLE_PUSH, 1])),
    ],
    [
      'SETTINGS_INITIAL_WINDOW_SIZE of 2 GiB',
      H2Code.FLOW_CONTROL_ERROR,
      frame(FrameType.SETTINGS, 0, 0, settings([Setting.INITIAL_WINDOW_SIZE, 2 ** 31])),
    ],
    [
      'SETTINGS_MAX_FRAME_SIZE that is too small',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.SETTINGS, 0, 0, settings([Setting.MAX_FRAME_SIZE, 16_383])),
    ],
    [
      'SETTINGS_MAX_FRAME_SIZE that is too large',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.SETTINGS, 0, 0, settings([Setting.MAX_FRAME_SIZE, 2 ** 24])),
    ],
    [
      'PUSH_PROMISE',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([u32(2), GOOD_HEADERS])),
    ],
    ['PING on a stream', H2Code.PROTOCOL_ERROR, frame(FrameType.PING, 0, 1, Buffer.alloc(8))],
    ['PING of a wrong size', H2Code.FRAME_SIZE_ERROR, frame(FrameType.PING, 0, 0, Buffer.alloc(7))],
    ['GOAWAY on a stream', H2Code.PROTOCOL_ERROR, frame(FrameType.GOAWAY, 0, 1, Buffer.alloc(8))],
    [
      'GOAWAY of a wrong size',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(7)),
    ],
    [
      'GOAWAY with a higher last stream than the one before',
      H2Code.PROTOCOL_ERROR,
      Buffer.concat([
        frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(1), u32(0)])),
        frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(3), u32(0)])),
      ]),
    ],
    [
      'WINDOW_UPDATE of a wrong size',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 0, 'abc'),
    ],
    [
      'WINDOW_UPDATE with an increment of 0',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(0)),
    ],
    [
      'WINDOW_UPDATE on an idle stream',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 7, u32(1)),
    ],
    [
      'a window of the connection that becomes too large',
      H2Code.FLOW_CONTROL_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(2 ** 31 - 1)),
    ],
    [
      'a frame that is too large',
      H2Code.FRAME_SIZE_ERROR,
      frame(FrameType.DATA, 0, 1, Buffer.alloc(16_385)),
    ],
  ])('%s', async (_, code, bytes) => {
    const peer = underWay();
    await peer.frames();
    peer.send(bytes);
    expect(await peer.goAway()).toBe(code);
    expect(peer.ended).toBe('in order');
    expect(peer.connection.state).toBe('closed');
    expect(peer.call.end?.code).toBeGreaterThan(0);
    expect(peer.clock.timers).toBe(0);
  });

  it.each<[string, Buffer]>([
    ['anything but SETTINGS', frame(FrameType.PING, 0, 0, Buffer.alloc(8))],
    ['an acknowledgement', frame(FrameType.SETTINGS, ACK, 0)],
  ])('%s as its first frame', async (_, bytes) => {
    const peer = new WirePeer();
    const call = peer.unary();
    peer.send(bytes);
    expect(await peer.goAway()).toBe(H2Code.PROTOCOL_ERROR);
    expect(call.end?.details).toMatch(/^No connection established. Last error: the first frame is/);
  });

  it.each<[string, string, RegExp]>([
    ['HTTP/1', 'HTTP/1.1 400 Bad Request\r\n\r\n', /speaks HTTP\/1/],
    ['TLS', '\x15\x03\x01\0\x02\x02\x46', /speaks TLS: use https/],
  ])('%s as its language', (_, bytes, words) => {
    const peer = new WirePeer();
    const call = peer.unary();
    peer.send(Buffer.from(bytes, 'latin1'));
    expect(call.end?.details).toMatch(words);
  });

  it.each<[string, Buffer]>([
    ['DATA', frame(FrameType.DATA, 0, 1, 'x')],
    ['HEADERS', frame(FrameType.HEADERS, END_HEADERS, 1, GOOD_HEADERS)],
  ])('%s on a stream that it has ended', async (_, late) => {
    const peer = underWay();
    peer.send(answer(1, 'a'), late);
    expect(await peer.goAway()).toBe(H2Code.STREAM_CLOSED);
    expect(peer.call).toMatchObject({ messages: ['a'], end: { code: 0 } });
  });

  it('but not for what nobody reads, within the windows of the streams', async () => {
    const peer = WirePeer.ready();
    // Each stream takes a mebibyte that nobody reads; the connection takes them all, as long as they are there.
    const calls = Array.from({ length: 6 }, () => peer.open());
    for (const { stream } of calls) {
      peer.send(frame(FrameType.HEADERS, END_HEADERS, stream.id, GOOD_HEADERS));
      const part = Buffer.concat([Buffer.from([0]), u32(2 ** 30), Buffer.alloc(16_379)]);
      for (let sent = 0; sent < 2 ** 20; sent += part.length) {
        peer.send(frame(FrameType.DATA, 0, stream.id, sent === 0 ? part : Buffer.alloc(16_384)));
      }
    }
    expect(peer.connection.state).toBe('ready');
    expect(await peer.resets()).toEqual([]);
  });
});

describe('a peer that breaks a rule on one stream gets an RST_STREAM, and the connection goes on', () => {
  const one = (name: string, value: string): Buffer =>
    frame(
      FrameType.HEADERS,
      END_HEADERS,
      1,
      Buffer.concat([GOOD_HEADERS, fields({ [name]: value })]),
    );
  const only = (given: Record<string, string>, flags = 0): Buffer =>
    frame(FrameType.HEADERS, END_HEADERS | flags, 1, fields(given));

  it.each<[string, number, Buffer]>([
    ['DATA before HEADERS', H2Code.PROTOCOL_ERROR, frame(FrameType.DATA, 0, 1, 'x')],
    ['no :status', H2Code.PROTOCOL_ERROR, only({ 'content-type': 'application/grpc' })],
    ['a :status that is not a number', H2Code.PROTOCOL_ERROR, only({ ':status': 'ok' })],
    [
      'two :status fields',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.HEADERS, END_HEADERS, 1, Buffer.from([0x88, 0x88])),
    ],
    [':status after other fields', H2Code.PROTOCOL_ERROR, only({ a: 'b', ':status': '200' })],
    ['a field of requests', H2Code.PROTOCOL_ERROR, only({ ':status': '200', ':path': '/' })],
    ['an unknown field with a colon', H2Code.PROTOCOL_ERROR, only({ ':status': '200', ':x': '/' })],
    ['capital letters in a name', H2Code.PROTOCOL_ERROR, one('Server', 'x')],
    ['a name with a space', H2Code.PROTOCOL_ERROR, one('a b', 'x')],
    ['an empty name', H2Code.PROTOCOL_ERROR, one('', 'x')],
    ['a line break in a value', H2Code.PROTOCOL_ERROR, one('a', 'x\r\nb: c')],
    ['a zero byte in a value', H2Code.PROTOCOL_ERROR, one('a', '\0')],
    ['a space around a value', H2Code.PROTOCOL_ERROR, one('a', ' x')],
    ['a field of HTTP/1', H2Code.PROTOCOL_ERROR, one('transfer-encoding', 'chunked')],
    [
      'a stream that ends with an informational status (1xx)',
      H2Code.PROTOCOL_ERROR,
      only({ ':status': '100' }, END_STREAM),
    ],
    [
      'HEADERS without END_STREAM in the middle of a response',
      H2Code.PROTOCOL_ERROR,
      Buffer.concat([HEADERS, HEADERS]),
    ],
    [
      ':status in the trailers',
      H2Code.PROTOCOL_ERROR,
      Buffer.concat([HEADERS, only({ ':status': '200' }, END_STREAM)]),
    ],
    [
      'WINDOW_UPDATE with an increment of 0',
      H2Code.PROTOCOL_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 1, u32(0)),
    ],
    [
      'a window that becomes too large',
      H2Code.FLOW_CONTROL_ERROR,
      frame(FrameType.WINDOW_UPDATE, 0, 1, u32(2 ** 31 - 1)),
    ],
    ['PRIORITY of a wrong size', H2Code.FRAME_SIZE_ERROR, frame(FrameType.PRIORITY, 0, 1, 'abc')],
    [
      'a message that is compressed',
      H2Code.CANCEL,
      Buffer.concat([HEADERS, frame(FrameType.DATA, 0, 1, Buffer.from([1, 0, 0, 0, 1, 7]))]),
    ],
    [
      'a message of four gigabytes',
      H2Code.CANCEL,
      Buffer.concat([
        HEADERS,
        frame(FrameType.DATA, 0, 1, Buffer.from([0, 255, 255, 255, 255, 7])),
      ]),
    ],
    [
      'the page of a proxy',
      H2Code.CANCEL,
      Buffer.concat([
        only({ ':status': '502', 'content-type': 'text/html' }),
        frame(FrameType.DATA, 0, 1, '<html>'),
      ]),
    ],
    [
      'a page in place of an answer',
      H2Code.CANCEL,
      only({ ':status': '200', 'content-type': 'text/html' }),
    ],
  ])('%s', async (_, code, bytes) => {
    const peer = underWay();
    await peer.frames();
    peer.send(bytes);
    expect(await peer.resets()).toEqual([[1, code]]);
    expect(peer.call.end?.code).toBeGreaterThan(0);
    const next = peer.unary();
    peer.send(answer(3, 'b'));
    expect(next).toMatchObject({ messages: ['b'], end: { code: 0 } });
  });

  it('more DATA than its window allows', async () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    peer.send(HEADERS);
    await peer.frames();
    for (let sent = 0; sent <= 2 ** 20; sent += 16_384) {
      peer.send(frame(FrameType.DATA, 0, 1, Buffer.alloc(16_384)));
    }
    expect(await peer.resets()).toEqual([[1, H2Code.FLOW_CONTROL_ERROR]]);
    expect(call.end?.details).toMatch(/more DATA than its window allows/);
  });

  it('header fields that are more than 64 KiB, though few bytes on the wire', async () => {
    const peer = underWay();
    await peer.frames();
    // One field of 2 KiB that is remembered, and then named again and again.
    const value = Buffer.alloc(2_000, 'x');
    const big = Buffer.concat([Buffer.from([0x40, 1, 0x61, 127, ...[0xd1, 0x0e]]), value]);
    const again = Buffer.alloc(60, 0xbe);
    peer.send(frame(FrameType.HEADERS, END_HEADERS, 1, Buffer.concat([GOOD_HEADERS, big, again])));
    expect(await peer.resets()).toEqual([[1, H2Code.CANCEL]]);
    expect(peer.call.end?.details).toMatch(/header fields are too large/);
  });
});

describe('a flood ends in ENHANCE_YOUR_CALM', () => {
  it.each<[string, Buffer]>([
    ['PING', frame(FrameType.PING, 0, 0, Buffer.alloc(8))],
    ['answers to pings that nobody sent', frame(FrameType.PING, ACK, 0, Buffer.alloc(8))],
    ['SETTINGS', frame(FrameType.SETTINGS, 0, 0)],
    ['acknowledgements of SETTINGS', frame(FrameType.SETTINGS, ACK, 0)],
    ['empty DATA', frame(FrameType.DATA, 0, 1)],
    ['DATA that is all padding', frame(FrameType.DATA, PADDED, 1, Buffer.from([1, 0]))],
    ['PRIORITY', frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(5))],
    ['small WINDOW_UPDATE', frame(FrameType.WINDOW_UPDATE, 0, 1, u32(1))],
    ['frames of an unknown type', frame(77, 0, 0)],
    ['RST_STREAM of a closed stream', frame(FrameType.RST_STREAM, 0, 3, u32(8))],
    [
      'informational responses (1xx)',
      frame(FrameType.HEADERS, END_HEADERS, 5, fields({ ':status': '103' })),
    ],
    ['GOAWAY', frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(2 ** 31 - 1), u32(0)]))],
  ])('%s', async (_, bytes) => {
    const peer = underWay();
    const over = peer.unary();
    const third = peer.unary();
    expect(third.stream.id).toBe(5);
    over.stream.cancel();
    peer.send(HEADERS);
    await peer.frames();
    peer.send(...Array.from({ length: 2_000 }, () => bytes));
    expect(await peer.goAway()).toBe(H2Code.ENHANCE_YOUR_CALM);
    expect(peer.call.end?.code).toBeGreaterThan(0);
  });

  it('but a ping with each answer is none, nor are a few a second for hours', async () => {
    const peer = WirePeer.ready();
    const ping = frame(FrameType.PING, 0, 0, Buffer.alloc(8));
    for (let at = 0; at < 5_000; at++) {
      const call = peer.unary();
      peer.send(answer(call.stream.id, 'a'), ping, ping);
      if (at % 100 === 0) await peer.frames();
    }
    for (let hour = 0; hour < 3; hour++) {
      await peer.clock.advance(3_600_000);
      peer.send(...Array.from({ length: 900 }, () => ping));
    }
    expect(await peer.goAway()).toBeUndefined();
    expect(peer.connection.state).toBe('ready');
  });

  it('and a peer that does not read the answers to its pings is not served for ever', async () => {
    const peer = underWay();
    await peer.frames();
    peer.blocked = true;
    const ping = frame(FrameType.PING, 0, 0, Buffer.alloc(8));
    let sent = 0;
    while (peer.connection.state === 'ready' && sent < 2_000_000) {
      peer.send(...Array.from({ length: 800 }, () => ping));
      sent += 800;
      await peer.clock.advance(1_000);
    }
    // 4 MiB of answers to pings, and no more.
    expect(sent).toBeLessThan(300_000);
    expect(peer.call.end?.details).toMatch(/does not read/);
  });
});

it('what is late for a stream that was cancelled is no fault of the peer', async () => {
  const peer = underWay();
  peer.call.stream.cancel();
  peer.send(HEADERS, frame(FrameType.DATA, 0, 1, message('a')));
  peer.send(frame(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, GOOD_TRAILERS));
  peer.send(
    frame(FrameType.WINDOW_UPDATE, 0, 1, u32(1)),
    frame(FrameType.RST_STREAM, 0, 1, u32(0)),
  );
  expect(await peer.goAway()).toBeUndefined();
  expect(peer.call.ends).toEqual([]);
  // The table of fields is the same on both sides: what was late was read for it.
  const next = peer.unary();
  peer.send(answer(3, 'b'));
  expect(next.messages).toEqual(['b']);
});
