import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareKeys } from '../../src/cache/key-order.js';
import { SortedRecords } from '../../src/cache/sorted-records.js';
import type { KeyValue } from '../../src/index.js';
import { compareBytes, encodeUtf8 } from '../../src/internal/bytes.js';

/** Characters of one to four bytes: those of four are two units of UTF-16, below some of three bytes. */
const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', 'é', '\u07ff', '\ud7ff', '\ue000', '\uffee', '😀', '𐀀'),
  maxLength: 6,
});

function record(of: string): KeyValue<string> {
  return { key: of } as KeyValue<string>;
}

function inOrder(keys: Iterable<string>): string[] {
  return [...keys].sort((left, right) => compareBytes(encodeUtf8(left), encodeUtf8(right)));
}

it('keys are in the order of their bytes', () => {
  fc.assert(
    fc.property(key, key, (left, right) => {
      const bytes = compareBytes(encodeUtf8(left), encodeUtf8(right));
      expect(Math.sign(compareKeys(left, right))).toBe(Math.sign(bytes));
    }),
  );
});

it('sorted records equal a model, and no change reaches an older list', () => {
  const change = fc.record({ key, put: fc.boolean() });
  fc.assert(
    fc.property(
      fc.uniqueArray(key),
      fc.array(change, { maxLength: 60 }),
      key,
      key,
      (first, changes, from, to) => {
        const model = new Set(first);
        let list = SortedRecords.of(inOrder(first).map(record));
        const older: { list: SortedRecords<string>; keys: string[] }[] = [];
        for (const { key, put } of changes) {
          older.push({ list, keys: inOrder(model) });
          if (put) model.add(key);
          else model.delete(key);
          list = put ? list.with(record(key)) : list.without(key);
        }
        older.push({ list, keys: inOrder(model) });
        for (const { list, keys } of older) expect([...list].map(({ key }) => key)).toEqual(keys);
        const between = inOrder(model).filter(
          (key) => compareKeys(key, from) >= 0 && compareKeys(key, to) < 0,
        );
        expect(list.between(from, to).map(({ key }) => key)).toEqual(between);
      },
    ),
  );
});

it('a list of thousands of records grows and shrinks in any order', () => {
  const keys = Array.from({ length: 3_000 }, (_, i) => `k${(i * 1_709) % 3_000}`);
  let list = SortedRecords.of<string>([]);
  for (const key of keys) list = list.with(record(key));
  expect([...list].map(({ key }) => key)).toEqual(inOrder(keys));
  const odd = keys.filter((_, i) => i % 2 === 1);
  for (const key of odd) list = list.without(key);
  const even = keys.filter((_, i) => i % 2 === 0);
  expect([...list].map(({ key }) => key)).toEqual(inOrder(even));
  for (const key of even) list = list.without(key);
  expect([...list]).toEqual([]);
  expect([...list.with(record('again'))]).toHaveLength(1);
});
