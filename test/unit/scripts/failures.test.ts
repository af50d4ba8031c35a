import { describe, expect, it } from 'vitest';
import { listFailures } from '../../../scripts/failures.mjs';

const failure = (message: string, name = 'locks (etcd 3.5.16) > exclude') => ({
  project: 'faults',
  file: 'test/faults/lock.test.ts',
  name,
  message,
});

describe('the list of failures', () => {
  it('tells project, file, name with the version, and how the message begins', () => {
    expect(
      listFailures([failure('Error: timed out\n\n  waiting\nat test/faults/lock.test.ts:7')]),
    ).toMatchInlineSnapshot(`
        [
          "failed:",
          "- [faults] test/faults/lock.test.ts: locks (etcd 3.5.16) > exclude",
          "    Error: timed out",
          "      waiting",
          "    at test/faults/lock.test.ts:7",
        ]
      `);
  });

  it('keeps the place in the code of a long message, and no colours', () => {
    const message = `\u001b[31mAssertionError\u001b[39m: not equal\n${'+ x\n'.repeat(50)}at a.ts:3`;
    const lines = listFailures([failure(message)]);
    expect(lines.slice(2)).toEqual([
      '    AssertionError: not equal',
      '    + x',
      '    + x',
      '    at a.ts:3',
    ]);
  });

  it('is empty where nothing failed', () => {
    expect(listFailures([])).toEqual([]);
  });

  it.each([1, 12, 29, 30, 58, 59, 500])(
    'fits into the tail of an output with %d failures',
    (count) => {
      const names = Array.from({ length: count }, (_, index) => `test ${index}`);
      const lines = listFailures(names.map((name) => failure('a\nb\nc\nd\ne'.repeat(300), name)));
      expect(lines.length).toBeLessThanOrEqual(60);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(240);
      const named = lines.filter((line) => line.startsWith('- ')).length;
      const more = /^and (\d+) more/.exec(lines.at(-1) ?? '');
      expect(named + Number(more?.[1] ?? 0)).toBe(count);
    },
  );
});
