import { describe, expect, it } from 'vitest';
import { PageSize } from '../../../src/kv/page-size.js';

const MIB = 1024 * 1024;

/** Reads a range of records of these sizes page by page; answers the bytes of each page. */
function pagesOf(sizes: readonly number[]): number[] {
  const size = new PageSize();
  const pages: number[] = [];
  for (let from = 0; from < sizes.length; ) {
    const page = sizes.slice(from, from + size.keys);
    from += page.length;
    pages.push(page.reduce((sum, bytes) => sum + bytes, 0));
    size.learn(
      page.map((bytes) => ({
        key: new Uint8Array(),
        value: new Uint8Array(bytes),
        createRevision: 1n,
        modRevision: 1n,
        version: 1n,
        lease: 0n,
      })),
    );
  }
  return pages;
}

const repeated = (count: number, ...sizes: number[]) =>
  Array.from({ length: count }, (_, i) => sizes[i % sizes.length] ?? 0);

describe('the pages of an iteration', () => {
  it('start small, whatever the size of the records', () => {
    expect(pagesOf(repeated(20, 1.5 * MIB))[0]).toBeLessThanOrEqual(24 * MIB);
  });

  it('are few for small records', () => {
    expect(pagesOf(repeated(80, 100))).toHaveLength(2);
    expect(pagesOf(repeated(100_000, 100))).toHaveLength(9);
    expect(pagesOf(repeated(10_000, 10))).toHaveLength(5);
  });

  it('stay near their aim among records of very different sizes', () => {
    const mixed = repeated(400, 10, 1_024, 100 * 1_024, 1.5 * MIB);
    expect(Math.max(...pagesOf(mixed))).toBeLessThan(8 * MIB);
  });

  it('become smaller at once when records become larger', () => {
    const sizes = [...repeated(600, 10), ...repeated(600, 1_024), ...repeated(300, 100 * 1_024)];
    const pages = pagesOf([...sizes, ...repeated(40, 1.5 * MIB)]);
    expect(Math.max(...pages)).toBeLessThan(24 * MIB);
    expect(Math.max(...pages.slice(-10))).toBeLessThan(4 * MIB);
  });

  it('grow by no more than a small factor after large records', () => {
    const size = new PageSize();
    const record = (bytes: number) => ({
      key: new Uint8Array(1),
      value: new Uint8Array(bytes),
      createRevision: 1n,
      modRevision: 1n,
      version: 1n,
      lease: 0n,
    });
    size.learn([record(2 * MIB)]);
    expect(size.keys).toBe(1);
    size.learn([record(10)]);
    expect(size.keys).toBe(4);
  });
});
