import { describe, expect, it } from 'vitest';
import { GrpcCode } from '../../../src/errors/index.js';
import {
  Flag,
  FrameType,
  H2Code,
  LARGEST_31_BIT,
  PREFACE,
  Setting,
} from '../../../src/wire/protocol.js';
import {
  answer,
  fields,
  frame,
  GOOD_HEADERS,
  message,
  settings,
  u32,
  type WireCall,
  WirePeer,
} from '../../support/wire-peer.js';

const { END_STREAM, END_HEADERS, ACK } = Flag;

const trailersOnly = (id: number, given: Record<string, string>): Buffer =>
  frame(
    FrameType.HEADERS,
    END_HEADERS | END_STREAM,
    id,
    fields({ ':status': '200', 'content-type': 'application/grpc', ...given }),
  );

const goAway = (lastId: number, code: number, text = ''): Buffer =>
  frame(FrameType.GOAWAY, 0, 0, Buffer.concat([u32(lastId), u32(code), Buffer.from(text)]));

describe('a call', () => {
  it('waits for the settings of the peer, and is then one request with its message and its end', async () => {
    const peer = new WirePeer();
    const call = peer.unary('question', 4_999.2);
    expect((await peer.frames()).map(({ type }) => type)).toEqual([
      FrameType.SETTINGS,
      FrameType.WINDOW_UPDATE,
    ]);
    peer.send(frame(FrameType.SETTINGS, 0, 0, settings([Setting.MAX_CONCURRENT_STREAMS, 100])));
    const [ack, headers, data, ...others] = await peer.frames();
    expect(ack).toMatchObject({ type: FrameType.SETTINGS, flags: ACK });
    expect(headers).toMatchObject({ type: FrameType.HEADERS, flags: END_HEADERS, id: 1 });
    expect(headers?.payload.includes('grpc-timeout')).toBe(true);
    expect(headers?.payload.includes('5000m')).toBe(true);
    expect(data).toMatchObject({ type: FrameType.DATA, flags: END_STREAM, id: 1 });
    expect(data?.payload).toEqual(message('question'));
    expect(others).toEqual([]);
    peer.send(answer(1, 'answer'));
    expect(call).toMatchObject({ messages: ['answer'], end: { code: 0 } });
    expect(peer.states).toEqual(['ready']);
    expect(peer.clock.timers).toBeLessThanOrEqual(2);
  });

  it('is understood wherever the network cuts the answer, with each of its bytes alone and with padding', async () => {
    const padded = (body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([7]), body, Buffer.alloc(7)]);
    const flags = Flag.PADDED | END_HEADERS;
    const [first, second] = [GOOD_HEADERS.subarray(0, 9), GOOD_HEADERS.subarray(9)];
    const bytes = Buffer.concat([
      frame(FrameType.SETTINGS, 0, 0, settings([Setting.MAX_CONCURRENT_STREAMS, 5])),
      frame(FrameType.PING, 0, 0, Buffer.alloc(8, 7)),
      frame(FrameType.HEADERS, 0, 1, first),
      frame(FrameType.CONTINUATION, END_HEADERS, 1, second),
      frame(FrameType.DATA, Flag.PADDED, 1, padded(message('one').subarray(0, 3))),
      frame(FrameType.DATA, 0, 1, Buffer.concat([message('one').subarray(3), message('')])),
      frame(FrameType.HEADERS, flags | END_STREAM, 1, padded(fields({ 'grpc-status': '0' }))),
      frame(
        FrameType.HEADERS,
        END_HEADERS | END_STREAM,
        3,
        fields({ ':status': '200', 'grpc-status': '5' }),
      ),
    ]);
    const expectWhole = (peer: WirePeer, calls: WireCall[]): void => {
      expect(peer.connection.state).toBe('ready');
      expect(calls[0]).toMatchObject({ messages: ['one', ''], end: { code: 0 } });
      expect(calls[1]).toMatchObject({ messages: [], end: { code: 5 } });
    };
    for (let at = 1; at < bytes.length; at++) {
      const peer = new WirePeer();
      const calls = [peer.unary(), peer.unary()];
      // Cut once here; and all in pieces of this size.
      peer.send(frame(FrameType.SETTINGS, 0, 0));
      peer.sendInPieces(bytes.subarray(0, at), at);
      peer.sendInPieces(bytes.subarray(at), bytes.length - at);
      expectWhole(peer, calls);
      const other = new WirePeer();
      const others = [other.unary(), other.unary()];
      other.send(frame(FrameType.SETTINGS, 0, 0));
      other.sendInPieces(bytes, at);
      expectWhole(other, others);
    }
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['a status and a text', { 'grpc-status': '9', 'grpc-message': 'mvcc: no' }, 9, 'mvcc: no'],
    [
      'a text with escapes',
      { 'grpc-status': '3', 'grpc-message': 'caf%C3%A9 100%25 %zz %' },
      3,
      'café 100% %zz %',
    ],
    ['a status that is no number', { 'grpc-status': 'bad' }, GrpcCode.UNKNOWN, ''],
    ['no status', {}, GrpcCode.UNKNOWN, 'Received HTTP status code 200'],
    ['a page of HTTP', { ':status': '503' }, GrpcCode.UNAVAILABLE, 'Received HTTP status code 503'],
    [
      'that it was not found',
      { ':status': '404' },
      GrpcCode.UNIMPLEMENTED,
      'Received HTTP status code 404',
    ],
    [
      'too large a request, says a proxy',
      { ':status': '413' },
      GrpcCode.UNKNOWN,
      'Received HTTP status code 413',
    ],
  ])('ends with %s in an answer that is all trailers', (_, given, code, details) => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    peer.send(trailersOnly(1, given));
    expect(call.end).toEqual({ code, details });
  });

  it.each<[string, number, number, RegExp]>([
    ['NO_ERROR', H2Code.NO_ERROR, GrpcCode.INTERNAL, /without gRPC status/],
    ['REFUSED_STREAM', H2Code.REFUSED_STREAM, GrpcCode.UNAVAILABLE, /^Stream refused by server/],
    ['CANCEL', H2Code.CANCEL, GrpcCode.CANCELLED, /^Call cancelled/],
    [
      'ENHANCE_YOUR_CALM',
      H2Code.ENHANCE_YOUR_CALM,
      GrpcCode.RESOURCE_EXHAUSTED,
      /^Bandwidth exhausted/,
    ],
    [
      'INADEQUATE_SECURITY',
      H2Code.INADEQUATE_SECURITY,
      GrpcCode.PERMISSION_DENIED,
      /^Protocol not secure/,
    ],
    [
      'INTERNAL_ERROR',
      H2Code.INTERNAL_ERROR,
      GrpcCode.INTERNAL,
      /code 2 \(Internal server error\)/,
    ],
    ['STREAM_CLOSED', H2Code.STREAM_CLOSED, GrpcCode.INTERNAL, /code 5 \(STREAM_CLOSED\)/],
    ['a code that nobody knows', 4_711, GrpcCode.INTERNAL, /code 4711/],
  ])('ends as gRPC says when its stream is reset with %s', async (_, h2Code, code, details) => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    await peer.frames();
    peer.send(frame(FrameType.RST_STREAM, 0, 1, u32(h2Code)));
    expect(call.end?.code).toBe(code);
    expect(call.end?.details).toMatch(details);
    // Nothing is said in reply.
    expect(await peer.frames()).toEqual([]);
  });

  it('that was answered was not refused, whatever its peer says afterwards', async () => {
    const peer = WirePeer.ready();
    const calls = [peer.unary(), peer.unary()];
    await peer.frames();
    for (const id of [1, 3]) peer.send(frame(FrameType.HEADERS, END_HEADERS, id, GOOD_HEADERS));
    peer.send(frame(FrameType.RST_STREAM, 0, 1, u32(H2Code.REFUSED_STREAM)));
    peer.send(goAway(1, H2Code.NO_ERROR));
    expect(calls.map(({ end }) => end)).toEqual([
      { code: GrpcCode.INTERNAL, details: 'Received RST_STREAM with code 7 (REFUSED_STREAM)' },
      { code: GrpcCode.UNAVAILABLE, details: 'Connection dropped: GOAWAY NO_ERROR' },
    ]);
  });

  it('that is cancelled gives no more events, and the peer is told once', async () => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    call.stream.cancel();
    call.stream.cancel();
    expect(await peer.resets()).toEqual([[1, H2Code.CANCEL]]);
    expect(call.ends).toEqual([]);
  });

  it('whose time is up ends by its deadline: on the peer, too, and as not sent where it waited', async () => {
    const peer = WirePeer.ready([Setting.MAX_CONCURRENT_STREAMS, 1]);
    const sent = peer.unary('a', 500);
    const waits = peer.unary('b', 300);
    await peer.frames();
    await peer.clock.advance(290);
    expect(waits.end).toBeUndefined();
    await peer.clock.advance(20);
    expect(waits.end).toMatchObject({
      code: GrpcCode.DEADLINE_EXCEEDED,
      details: expect.stringMatching(/before the request was sent/),
    });
    await peer.clock.advance(180);
    expect(sent.end).toBeUndefined();
    await peer.clock.advance(20);
    expect(sent.end).toEqual({ code: GrpcCode.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    expect(await peer.resets()).toEqual([[1, H2Code.CANCEL]]);
  });

  it('waits in line for a stream that the peer allows, and goes out in its turn', async () => {
    const peer = WirePeer.ready([Setting.MAX_CONCURRENT_STREAMS, 2]);
    const calls = Array.from({ length: 5 }, (_, at) => peer.unary(String(at)));
    calls[3]?.stream.cancel();
    await peer.frames();
    peer.send(answer(3, 'second'));
    peer.send(answer(1, 'first'));
    const sent = (await peer.frames()).filter(({ type }) => type === FrameType.DATA);
    expect(sent.map(({ payload }) => payload.subarray(5).toString())).toEqual(['2', '4']);
    expect(peer.connection.streamLimit).toBe(2);
  });

  it('with metadata has it in its header block, and one larger than a frame goes out in several', async () => {
    const peer = WirePeer.ready();
    peer.unary('a', Infinity, { token: 't'.repeat(40_000) });
    const frames = (await peer.frames()).filter(({ id }) => id === 1);
    expect(frames.map(({ type, flags }) => [type, flags])).toEqual([
      [FrameType.HEADERS, 0],
      [FrameType.CONTINUATION, 0],
      [FrameType.CONTINUATION, END_HEADERS],
      [FrameType.DATA, END_STREAM],
    ]);
    expect(frames.every(({ payload }) => payload.length <= 16_384)).toBe(true);
  });

  it('whose answer comes before all of the request is over, and the peer is told', async () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    call.stream.read();
    call.stream.write(Buffer.from('part'));
    await peer.frames();
    peer.send(trailersOnly(1, { 'grpc-status': '7', 'grpc-message': 'no' }));
    expect(call.end).toEqual({ code: 7, details: 'no' });
    expect(await peer.resets()).toEqual([[1, H2Code.NO_ERROR]]);
    // A server may say the same.
    peer.send(frame(FrameType.RST_STREAM, 0, 1, u32(0)));
    expect(peer.connection.state).toBe('ready');
  });
});

describe('a stream', () => {
  it('gives a message for each that is asked for, and its good end behind the last', async () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    peer.send(answer(1, 'a', 'b', 'c'));
    expect(call.messages).toEqual([]);
    call.stream.read();
    await peer.frames();
    expect(call).toMatchObject({ messages: ['a'], ends: [] });
    call.stream.read(2);
    await peer.frames();
    expect(call).toMatchObject({ messages: ['a', 'b', 'c'], end: { code: 0 } });
  });

  it('ends at once with an error, whatever waits to be read', () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    peer.send(
      frame(FrameType.HEADERS, END_HEADERS, 1, GOOD_HEADERS),
      frame(FrameType.DATA, 0, 1, message('a')),
    );
    peer.send(frame(FrameType.RST_STREAM, 0, 1, u32(H2Code.CANCEL)));
    expect(call).toMatchObject({ messages: [], end: { code: GrpcCode.CANCELLED } });
  });

  it('that ends well within a message has not ended well', () => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    peer.send(frame(FrameType.HEADERS, END_HEADERS, 1, GOOD_HEADERS));
    peer.send(frame(FrameType.DATA, 0, 1, message('whole').subarray(0, 7)));
    peer.send(
      frame(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, fields({ 'grpc-status': '0' })),
    );
    expect(call.end?.details).toMatch(/^Unreadable response: it ends within a message/);
  });

  it('is told of each message that the socket has taken, and of its own cancelling', async () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    call.stream.write(Buffer.from('a'));
    call.stream.write(Buffer.from('b'));
    call.stream.halfClose();
    expect(call.written).toBe(0);
    await peer.frames();
    expect(call.written).toBe(2);
    call.stream.cancel({ code: 1, details: 'mine' });
    expect(call.ends).toEqual([]);
    await peer.frames();
    expect(call.end).toEqual({ code: 1, details: 'mine' });
  });

  it('whose callback throws affects only itself', async () => {
    const peer = WirePeer.ready();
    const call = peer.open();
    const other = peer.unary();
    call.onMessage = () => {
      throw new Error('a mistake');
    };
    call.stream.read();
    peer.send(answer(1, 'a'), answer(3, 'b'));
    await peer.frames();
    expect(call.end).toMatchObject({
      code: GrpcCode.INTERNAL,
      details: expect.stringMatching(/a mistake/),
    });
    expect(other).toMatchObject({ messages: ['b'], end: { code: 0 } });
    expect(peer.connection.state).toBe('ready');
  });
});

describe('a peer that goes away', () => {
  it('has not processed the streams above the last that it names; the others end well', async () => {
    const peer = WirePeer.ready([Setting.MAX_CONCURRENT_STREAMS, 3]);
    const calls = Array.from({ length: 4 }, () => peer.unary());
    await peer.frames();
    peer.send(goAway(1, H2Code.NO_ERROR));
    expect(calls.slice(1, 3).map(({ end }) => end?.details)).toEqual([
      'Stream refused by server',
      'Stream refused by server',
    ]);
    expect(calls[3]?.end?.details).toBe('Channel closed before call started');
    expect(peer.connection.state).toBe('closed');
    expect(peer.ended).toBe('no');
    const late = peer.unary();
    await peer.frames();
    expect(late.end?.details).toBe('Channel closed before call started');
    peer.send(answer(1, 'a'));
    expect(calls[0]).toMatchObject({ messages: ['a'], end: { code: 0 } });
    expect(peer.ended).toBe('in order');
    expect(peer.clock.timers).toBe(0);
  });

  it('because of too many pings is told of to the calls that it leaves behind', () => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    return peer.frames().then(() => {
      peer.send(goAway(LARGEST_31_BIT, H2Code.ENHANCE_YOUR_CALM, 'too_many_pings'));
      expect(call.end).toBeUndefined();
      peer.connection.lost('read ECONNRESET');
      expect(call.end).toMatchObject({
        code: GrpcCode.RESOURCE_EXHAUSTED,
        details: expect.stringMatching(/^Bandwidth exhausted/),
      });
    });
  });

  it('without GOAWAY leaves the outcome of what was written unknown, and of nothing else', async () => {
    const peer = WirePeer.ready([Setting.MAX_CONCURRENT_STREAMS, 2]);
    const written = peer.unary();
    await peer.frames();
    const unwritten = peer.unary();
    const waiting = peer.unary();
    peer.connection.lost('read ECONNRESET');
    expect(written.end?.details).toBe('Connection dropped: read ECONNRESET');
    expect(unwritten.end?.details).toMatch(/^Failed to start HTTP\/2 stream/);
    expect(waiting.end?.details).toBe('Channel closed before call started');
  });
});

describe('a connection', () => {
  it('says by its first bytes what it is, and grants a mebibyte to each stream', async () => {
    const peer = new WirePeer();
    expect(PREFACE).toHaveLength(24);
    const [first, window] = await peer.frames();
    expect(first?.payload).toEqual(
      settings(
        [Setting.ENABLE_PUSH, 0],
        [Setting.INITIAL_WINDOW_SIZE, 2 ** 20],
        [Setting.MAX_HEADER_LIST_SIZE, 65_536],
      ),
    );
    expect(window?.payload).toEqual(u32(2 ** 22 - 65_535));
  });

  it('that runs out of stream numbers takes no more calls, and finishes those that it has', async () => {
    const peer = new WirePeer(LARGEST_31_BIT - 2);
    peer.send(frame(FrameType.SETTINGS, 0, 0));
    const calls = [peer.unary(), peer.unary(), peer.unary()];
    await peer.frames();
    expect(calls.map(({ stream }) => stream.id)).toEqual([LARGEST_31_BIT - 2, LARGEST_31_BIT, 0]);
    expect(calls[2]?.end?.details).toBe('Channel closed before call started');
    peer.send(answer(LARGEST_31_BIT - 2, 'a'), answer(LARGEST_31_BIT, 'b'));
    expect(calls.map(({ messages }) => messages)).toEqual([['a'], ['b'], []]);
    expect(peer.ended).toBe('in order');
  });

  it('that is closed finishes its calls, sends GOAWAY, and leaves no timer', async () => {
    const peer = WirePeer.ready();
    const call = peer.unary('a', 5_000);
    await peer.frames();
    peer.connection.close();
    expect(peer.ended).toBe('no');
    peer.send(answer(1, 'a'));
    expect(call.messages).toEqual(['a']);
    expect(await peer.goAway()).toBe(H2Code.NO_ERROR);
    expect(peer.ended).toBe('in order');
    expect(peer.clock.timers).toBe(0);
  });

  it('keeps the process alive while it has calls, and only then', async () => {
    const peer = WirePeer.ready();
    await peer.frames();
    expect(peer.referenced).toBe(false);
    peer.unary();
    expect(peer.referenced).toBe(true);
    peer.send(answer(1, 'a'));
    await peer.frames();
    expect(peer.referenced).toBe(false);
  });

  it('sends one ping into a silence, and is dead when it goes on; bytes are a sign of life', async () => {
    const peer = WirePeer.ready();
    const call = peer.unary();
    await peer.frames();
    for (let at = 0; at < 5; at++) {
      await peer.clock.advance(9_000);
      peer.send(frame(FrameType.PING, ACK, 0, Buffer.alloc(8)));
    }
    expect((await peer.frames()).filter(({ type }) => type === FrameType.PING)).toEqual([]);
    await peer.clock.advance(11_500);
    expect((await peer.frames()).map(({ type, flags }) => [type, flags])).toEqual([
      [FrameType.PING, 0],
    ]);
    expect(call.end).toBeUndefined();
    await peer.clock.advance(3_000);
    expect(call.end?.details).toBe('Connection dropped: nothing arrived for 13000 ms');
    expect(peer.ended).toBe('at once');
    expect(peer.clock.timers).toBe(0);
  });

  it('answers a ping a moment later with its bytes, and at once where that may not wait', async () => {
    const peer = WirePeer.ready();
    const ping = (byte: number): Buffer => frame(FrameType.PING, 0, 0, Buffer.alloc(8, byte));
    const pong = (byte: number) =>
      expect.objectContaining({ flags: ACK, payload: Buffer.alloc(8, byte) });
    await peer.frames();
    for (const byte of [1, 2]) {
      // In memory that is written over before the answer.
      peer.sendInPieces(ping(byte), 17);
      await peer.clock.advance(9);
      expect(await peer.frames()).toEqual([]);
      await peer.clock.advance(1);
      expect(await peer.frames()).toEqual([pong(byte)]);
    }
    peer.send(ping(3), ping(4));
    expect(await peer.frames()).toEqual([pong(3), pong(4)]);
    peer.send(ping(5));
    expect(await peer.frames()).toEqual([]);
    expect(peer.clock.timers).toBe(1);
    await peer.clock.advance(10);
    expect(await peer.frames()).toEqual([pong(5)]);
    // By such a ping the peer measures how much more it may take.
    peer.unary(Buffer.alloc(40_000));
    await peer.frames();
    peer.send(ping(6));
    expect(await peer.frames()).toEqual([pong(6)]);
    peer.send(frame(FrameType.WINDOW_UPDATE, 0, 0, u32(40_000)), ping(7));
    expect(await peer.frames()).toEqual([]);
    peer.connection.destroy();
    expect(peer.clock.timers).toBe(0);
  });

  it('without calls is silent, for servers count such pings', async () => {
    const peer = WirePeer.ready();
    peer.unary();
    peer.send(answer(1, 'a'));
    await peer.frames();
    await peer.clock.advance(3_600_000);
    expect(await peer.frames()).toEqual([]);
    expect(peer.clock.timers).toBe(0);
  });
});
