import { describe, expect, it } from 'vitest';
import { MessageSplitter, type Piece } from '../../../../src/testing/proxy/http2-messages.js';

const HEADERS = 1;
const DATA = 0;
const PADDED = 8;

function frame(type: number, stream: number, payload: number[], flags = 0): number[] {
  const { length } = payload;
  return [length >> 16, (length >> 8) & 0xff, length & 0xff, type, flags, 0, 0, 0, stream].concat(
    payload,
  );
}

function message(length: number): number[] {
  return [0, 0, 0, length >> 8, length & 0xff, ...new Array<number>(length).fill(7)];
}

function joined(pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ bytes }) => [...bytes]);
}

function count(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { closesMessages }) => sum + closesMessages, 0);
}

describe('the message splitter of the fault proxy', () => {
  it('counts the messages of interleaved streams, in frames that share or divide them', () => {
    const long = message(300);
    const bytes = [
      ...frame(HEADERS, 1, [1, 2, 3]),
      ...frame(DATA, 1, long.slice(0, 3)),
      ...frame(DATA, 3, [...message(2), ...message(0)]),
      ...frame(DATA, 1, long.slice(3, 100)),
      ...frame(DATA, 5, []),
      ...frame(DATA, 1, [4, ...long.slice(100), 0, 0, 0, 0], PADDED),
      ...frame(HEADERS, 1, [9]),
    ];
    for (const size of [1, 7, bytes.length]) {
      const splitter = new MessageSplitter('server');
      const pieces: Piece[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        pieces.push(...splitter.push(Uint8Array.from(bytes.slice(at, at + size))));
      }
      expect(joined(pieces)).toEqual(bytes);
      expect(count(pieces)).toBe(3);
      expect(pieces.filter(({ opensMessage }) => opensMessage)).toHaveLength(2);
    }
  });

  it('passes the preface of a client', () => {
    const preface = [...new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')];
    const bytes = [...preface, ...frame(DATA, 1, message(4))];
    const pieces = new MessageSplitter('client').push(Uint8Array.from(bytes));
    expect(MessageSplitter.understands(bytes[0])).toBe(true);
    expect(joined(pieces)).toEqual(bytes);
    expect(count(pieces)).toBe(1);
  });
});
