import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DecodeError } from '../../src/errors/index.js';
import { codecs, decodeValue } from '../../src/model/codec/index.js';

describe('what was written is what is read', () => {
  it('as strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(codecs.utf8.decode(codecs.utf8.encode(text))).toBe(text);
      }),
    );
  });

  it('as JSON', () => {
    const codec = codecs.json<unknown>();
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(codec.decode(codec.encode(value))).toEqual(plain);
      }),
    );
  });

  it('through a schema', () => {
    const codec = codecs.schema(z.object({ id: z.number(), tags: z.array(z.string()) }));
    const value = fc.record({ id: fc.integer(), tags: fc.array(fc.string()) });
    fc.assert(
      fc.property(value, (given) => {
        expect(codec.decode(codec.encode(given))).toEqual(given);
      }),
    );
  });
});

describe('any bytes', () => {
  it('are a value or a DecodeError, never replacement characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (stored) => {
        for (const codec of [codecs.utf8, codecs.json<unknown>()]) {
          let value: unknown;
          try {
            value = decodeValue(codec, stored, { key: 'k', keyBytes: Uint8Array.of(107) });
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
            continue;
          }
          if (typeof value === 'string' && codec.name === 'utf8') {
            expect(codecs.utf8.encode(value)).toEqual(stored);
          }
        }
      }),
    );
  });
});
