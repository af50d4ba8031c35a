import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionFault } from '../../../../src/wire/faults.js';
import { HpackDecoder } from '../../../../src/wire/hpack/decoder.js';
import { HpackEncoder, type RequestField } from '../../../../src/wire/hpack/encoder.js';
import { H2Code } from '../../../../src/wire/protocol.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

function decode(decoder: HpackDecoder, block: Buffer): [string, string][] {
  const read: [string, string][] = [];
  decoder.decode(block, 0, block.length, ({ name, value }) => read.push([name, value]));
  return read;
}

function faultOf(block: Buffer, decoder = new HpackDecoder()): ConnectionFault | undefined {
  try {
    decode(decoder, block);
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionFault) return error;
    throw error;
  }
}

describe('the examples of RFC 7541, appendix C, are read as it says', () => {
  it.each([
    [
      'C.2.1',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      [['custom-key', 'custom-header']],
    ],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [[':path', '/sample/path']]],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', [['password', 'secret']]],
    ['C.2.4', '82', [[':method', 'GET']]],
  ])('%s', (_, block, expected) => {
    expect(decode(new HpackDecoder(), hex(block))).toEqual(expected);
  });

  const requests = [
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ],
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
      ['cache-control', 'no-cache'],
    ],
    [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/index.html'],
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ],
  ];

  it.each([
    [
      'C.3, requests in plain text',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
    ],
    [
      'C.4, requests in Huffman code',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
    ],
  ])('%s', (_, blocks) => {
    const decoder = new HpackDecoder();
    expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual(requests);
  });

  const date1 = 'Mon, 21 Oct 2013 20:13:21 GMT';
  const date2 = 'Mon, 21 Oct 2013 20:13:22 GMT';
  const location = ['location', 'https://www.example.com'];
  const responses = [
    [[':status', '302'], ['cache-control', 'private'], ['date', date1], location],
    [[':status', '307'], ['cache-control', 'private'], ['date', date1], location],
    [
      [':status', '200'],
      ['cache-control', 'private'],
      ['date', date2],
      location,
      ['content-encoding', 'gzip'],
      ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
    ],
  ];

  // With a table of 256 bytes, so that fields fall out of it.
  it.each([
    [
      'C.5, responses in plain text',
      [
        '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '4803 3330 37c1 c0bf',
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
      ],
    ],
    [
      'C.6, responses in Huffman code',
      [
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        '4883 640e ffc1 c0bf',
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      ],
    ],
  ])('%s', (_, blocks) => {
    const decoder = new HpackDecoder(256);
    expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual(responses);
  });
});

/** One story of https://github.com/http2jp/hpack-test-case, which shares one table. */
interface Story {
  readonly cases: readonly {
    readonly wire: string;
    readonly header_table_size?: number;
    readonly headers: readonly Readonly<Record<string, string>>[];
  }[];
}

const STORIES = new URL('../../../support/hpack-stories/', import.meta.url);

it.each(readdirSync(STORIES).filter((name) => name.endsWith('.json')))(
  'the blocks of another implementation are read: %s',
  (name) => {
    const { cases }: Story = JSON.parse(readFileSync(new URL(name, STORIES), 'utf8'));
    const decoder = new HpackDecoder(
      Math.max(4_096, ...cases.map((one) => one.header_table_size ?? 0)),
    );
    for (const { wire, headers } of cases) {
      const expected = headers.flatMap((header) => Object.entries(header));
      expect(decode(decoder, hex(wire))).toEqual(expected);
    }
  },
);

describe('a damaged block ends the connection by COMPRESSION_ERROR', () => {
  it.each([
    ['index 0', '80'],
    ['an index that no field has', 'be'],
    ['a name whose index no field has', '7e 01 61'],
    ['an integer without end', 'ff ff ff ff ff ff ff ff 01'],
    ['an integer that is cut short', 'ff'],
    ['a text beyond the end', '00 05 61'],
    ['a text that is missing', '00 01 61'],
    ['a size of the table beyond what was announced', '3f e2 1f'],
    ['a change of the table behind a field', '82 20'],
    ['Huffman code that contains its own end', '00 01 61 84 ff ff ff ff'],
    ['Huffman code filled up by more than seven bits', '00 01 61 82 1f ff'],
    ['Huffman code filled up by zeros', '00 01 61 81 18'],
  ])('%s', (_, block) => {
    expect(faultOf(hex(block))?.code).toBe(H2Code.COMPRESSION_ERROR);
  });

  it('or is read: no bytes at all make it throw anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        faultOf(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('blocks that are written', () => {
  const field = fc.record({
    name: fc.constantFrom(':path', 'te', 'x-a', 'x-b', 'token', 'content-type'),
    value: fc.string({ maxLength: 300, unit: fc.constantFrom('a', ' b', '/', '~') }),
    kind: fc.constantFrom<RequestField['kind']>('remembered', 'plain', 'secret'),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.array(field, { maxLength: 8 }) },
    fc.constantFrom(0, 60, 300, 4_096, 65_536),
  );

  it('are read as they were meant, however the size of the table changes in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder();
        for (const one of steps) {
          if (typeof one === 'number') {
            encoder.allow(one);
            continue;
          }
          const expected = one.map(({ name, value }) => [name, value]);
          const before = encoder.generation;
          const block = encoder.encode(one);
          expect(decode(decoder, block)).toEqual(expected);
          // A block that has not changed the table may be used again.
          if (encoder.generation === before) expect(decode(decoder, block)).toEqual(expected);
        }
      }),
    );
  });

  it('are a few bytes where they are the same again, and a secret is in no table', () => {
    const encoder = new HpackEncoder();
    const path: RequestField = {
      name: ':path',
      value: '/etcdserverpb.KV/Range',
      kind: 'remembered',
    };
    const token: RequestField = { name: 'token', value: 'geheim', kind: 'secret' };
    encoder.encode([path, token]);
    const again = encoder.encode([path, token]);
    expect(again[0]).toBeGreaterThanOrEqual(0x80);
    // Literal, never to be indexed, with its name.
    expect(again[1]).toBe(0x10);
    expect(again.includes('geheim')).toBe(true);
  });

  it('begin with the new size of the table once the peer has made it smaller', () => {
    const encoder = new HpackEncoder();
    encoder.allow(0);
    expect(encoder.encode([])).toEqual(Buffer.from([0x20]));
    expect(encoder.encode([])).toEqual(Buffer.alloc(0));
  });
});
