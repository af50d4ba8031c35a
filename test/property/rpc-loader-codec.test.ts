import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arbitraryFullMessage,
  arbitraryMessage,
  expectedRead,
  messageNames,
  plainMessage,
} from '../support/arbitrary-messages.js';
import { loaderCodec } from '../support/loader-codec.js';

describe('every message of the protocol, written and read by the codec of the descriptor', () => {
  test('there are messages to test', () => {
    expect(messageNames.length).toBeGreaterThan(100);
  });

  for (const name of messageNames) {
    const { encode, decode } = loaderCodec(name);

    test(`${name} comes back as it was written, with defaults for what was left out`, () => {
      fc.assert(
        fc.property(arbitraryMessage(name), (written) => {
          expect(plainMessage(name, decode(encode(written)))).toEqual(expectedRead(name, written));
        }),
        { numRuns: 25 },
      );
    });

    test(`${name} loses no field when all of them are given`, () => {
      fc.assert(
        fc.property(arbitraryFullMessage(name), (written) => {
          expect(plainMessage(name, decode(encode(written)))).toEqual(expectedRead(name, written));
        }),
        { numRuns: 10 },
      );
    });
  }
});
