import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/errors/index.js';
import { codecs } from '../../src/model/codec/index.js';
import { toKeyValue } from '../../src/model/key-value.js';
import { Keyspace } from '../../src/model/keys/index.js';
import { kv } from '../../src/rpc/services.js';
import { loaderCodec } from '../support/loader-codec.js';

const response = loaderCodec('etcdserverpb.RangeResponse');
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text as it comes, text with what lenient decoders put in, and bytes that are no text. */
const bytes = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
  fc
    .constantFrom('\ufffd', '\ufeffa', 'a\ufffdb', '', '\u0000')
    .map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 12 }),
);

function strictly(stored: Uint8Array): string | undefined {
  try {
    return strict.decode(stored);
  } catch {
    return undefined;
  }
}

describe('the texts of a received record', () => {
  it('are what a strict decoder makes of the bytes, or a DecodeError', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.constantFrom('', 'ns/'), (key, value, namespace) => {
        const keyspace = Keyspace.root.sub(namespace);
        const stored = { key: Buffer.concat([Buffer.from(namespace), key]), value };
        const [raw] = kv.range.decode(response.encode({ kvs: [stored] })).kvs;
        const record = toKeyValue(raw!, { keyspace, codec: codecs.utf8 });
        for (const [read, expected] of [
          [() => record.key, strictly(key)],
          [() => record.value, strictly(value)],
        ] as const) {
          if (expected === undefined) expect(read).toThrow(DecodeError);
          else expect(read()).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
