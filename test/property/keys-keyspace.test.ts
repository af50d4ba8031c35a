import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes, startsWithBytes } from '../../src/internal/bytes.js';
import {
  type Key,
  type KeyRange,
  Keyspace,
  keyAfter,
  prefixEnd,
  prefixRange,
} from '../../src/model/keys/index.js';

/** Few byte values, the ends of the scale among them, so that borders are met all the time. */
const BYTES = [0x00, 0x01, 0x61, 0xfe, 0xff];

/** Every key of one to three of those bytes: all there is in the small world of these tests. */
const everyKey: readonly Uint8Array[] = (() => {
  const longer = (keys: number[][]): number[][] =>
    keys.flatMap((key) => BYTES.map((byte) => [...key, byte]));
  const one = longer([[]]);
  const two = longer(one);
  const three = longer(two);
  return [...one, ...two, ...three].map((key) => Uint8Array.from(key));
})();

/** What a server takes a range to mean. */
function inRange({ key, rangeEnd }: KeyRange, candidate: Uint8Array): boolean {
  if (rangeEnd.length === 0) return compareBytes(candidate, key) === 0;
  if (compareBytes(candidate, key) < 0) return false;
  const open = rangeEnd.length === 1 && rangeEnd[0] === 0;
  return open || compareBytes(candidate, rangeEnd) < 0;
}

const small = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.constantFrom(...BYTES), { minLength, maxLength })
    .map((list) => Uint8Array.from(list));

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  small(0, 2),
  fc.uint8Array({ maxLength: 4 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const notEmpty = anyKey.filter((key) => key.length > 0);
const namespace = fc.oneof(
  small(1, 2),
  fc.constantFrom(Uint8Array.of(0xff), Uint8Array.of(0xff, 0xff), Uint8Array.of(0x61, 0xff)),
);

/** Every way to ask a key space for keys, also with what was made for the whole of etcd. */
const selection: fc.Arbitrary<(space: Keyspace) => KeyRange> = fc.oneof(
  anyKey.map((key) => (space: Keyspace) => space.single(key)),
  anyKey.map((prefix) => (space: Keyspace) => space.prefix(prefix)),
  anyKey.map((start) => (space: Keyspace) => space.fromKey(start)),
  fc.tuple(anyKey, notEmpty).map(
    ([start, end]) =>
      (space: Keyspace) =>
        space.range(start, end),
  ),
  anyKey.map((start) => (space: Keyspace) => space.range(start, '\0')),
  fc.constant((space: Keyspace) => space.all()),
  fc
    .record({ key: small(0, 2), rangeEnd: small(0, 2) })
    .map((range) => (space: Keyspace) => space.encodeRange(range)),
);

describe('a prefix range', () => {
  it('holds the keys with the prefix and no others', () => {
    for (const prefix of [new Uint8Array(0), ...everyKey]) {
      const range = prefixRange(prefix);
      for (const key of everyKey) {
        if (inRange(range, key) !== startsWithBytes(key, prefix)) {
          expect.fail(`prefix ${prefix} and key ${key}`);
        }
      }
    }
  });

  it('ends with the shortest key there can be', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 5 }),
        fc.uint8Array(),
        (prefix, rest) => {
          const end = prefixEnd(prefix);
          const key = concatBytes(prefix, rest);
          if (prefix.every((byte) => byte === 0xff)) expect(end).toEqual(Uint8Array.of(0));
          else {
            expect(compareBytes(key, end)).toBeLessThan(0);
            expect(end.at(-1)).not.toBe(0);
            expect(end.length).toBeLessThanOrEqual(prefix.length);
          }
        },
      ),
    );
  });
});

describe('a namespace', () => {
  it('cannot be left, by any key or range', () => {
    fc.assert(
      fc.property(namespace, selection, (prefix, select) => {
        const range = select(Keyspace.root.sub(prefix));
        for (const key of everyKey) {
          if (inRange(range, key)) expect([key, startsWithBytes(key, prefix)]).toEqual([key, true]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('holds the keys of the same range outside, with the prefix before them', () => {
    const question = fc.oneof(
      notEmpty.map((key) => (space: Keyspace) => space.single(key)),
      notEmpty.map((prefix) => (space: Keyspace) => space.prefix(prefix)),
      notEmpty.map((start) => (space: Keyspace) => space.fromKey(start)),
      fc.tuple(notEmpty, notEmpty).map(
        ([from, to]) =>
          (space: Keyspace) =>
            space.range(from, to),
      ),
      fc.constant((space: Keyspace) => space.all()),
    );
    fc.assert(
      fc.property(namespace, question, (prefix, ask) => {
        const outside = ask(Keyspace.root);
        const inside = ask(Keyspace.root.sub(prefix));
        for (const key of everyKey) {
          const moved = concatBytes(prefix, key);
          expect([key, inRange(inside, moved)]).toEqual([key, inRange(outside, key)]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives back the key that was put in, at any depth', () => {
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 3 }), notEmpty, (prefixes, key) => {
        const space = prefixes.reduce<Keyspace>(
          (outer, prefix) => outer.sub(prefix),
          Keyspace.root,
        );
        const encoded = space.encodeKey(key);
        expect(space.contains(encoded)).toBe(true);
        expect([...space.strip(encoded)]).toEqual([...Buffer.from(key as string)]);
      }),
    );
  });

  it('nests as its prefixes join', () => {
    fc.assert(
      fc.property(anyKey, anyKey, notEmpty, (outer, inner, key) => {
        const nested = Keyspace.root.sub(outer).sub(inner);
        const joined = concatBytes(
          Keyspace.root.sub(outer).prefixBytes,
          Keyspace.root.sub(inner).prefixBytes,
        );
        expect(nested.encodeKey(key)).toEqual(Keyspace.root.sub(joined).encodeKey(key));
      }),
    );
  });
});

describe('the key after a key', () => {
  it('is the next one', () => {
    fc.assert(
      fc.property(small(1, 2), (key) => {
        const after = keyAfter(key);
        expect(compareBytes(key, after)).toBeLessThan(0);
        const between = everyKey.filter(
          (other) => compareBytes(key, other) < 0 && compareBytes(other, after) < 0,
        );
        expect(between).toEqual([]);
      }),
    );
  });
});
