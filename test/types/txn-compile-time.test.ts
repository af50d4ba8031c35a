import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CheckCost, checkCost, diagnosticsOf, root } from './diagnostics.js';

/** The compiler reads all of the library first, which takes its time on a busy machine. */
const COMPILER_TIMEOUT_MS = 120_000;

/** Gets and puts in turn, in both branches, with as many conditions; and every result is used. */
function transactionOf(count: number): string {
  const places = Array.from({ length: count }, (_, index) => index);
  const ops = places.map((i) =>
    i % 2 === 0 ? `op.get('k${i}')` : `json.op.put('k${i}', { n: ${i} })`,
  );
  const uses = places.map((i) =>
    i % 2 === 0
      ? `const v${i}: string | undefined = r[${i}]?.value;`
      : `const v${i}: bigint = r[${i}].header.revision;`,
  );
  return `
import { codecs, EtcdClient } from '../../src/index.js';
const etcd = new EtcdClient({ endpoints: 'x' });
const json = etcd.as(codecs.json<{ n: number }>());
const { op, compare } = etcd;
export async function run() {
  const result = await etcd.txn()
    .if(${places.map((i) => `compare('k${i}').version('==', ${i})`).join(', ')})
    .then(${ops.join(',\n')})
    .else(${ops.join(',\n')})
    .commit();
  if (!result.succeeded) return [];
  const r = result.results;
  ${uses.join('\n  ')}
  return [${places.map((i) => `v${i}`).join(', ')}];
}
`;
}

/** A file of this folder that need not exist. */
const place = (name: string): string => join(root, 'test', 'types', `${name}.types.ts`);

describe('a transaction of 32 operations', () => {
  it(
    'is typed at each of its places, and has no place beyond',
    () => {
      const text = transactionOf(32);
      const beyond = text.replace('return [v', 'r[32]; return [v');
      const [right, wrong] = [place('right'), place('wrong')];
      const found = diagnosticsOf(
        [right, wrong],
        new Map([
          [right, text],
          [wrong, beyond],
        ]),
      );
      expect(found.get(right)).toEqual([]);
      expect(found.get(wrong)).toEqual([expect.stringContaining("no element at index '32'")]);
    },
    COMPILER_TIMEOUT_MS,
  );

  it(
    'costs the compiler little more than a small one',
    () => {
      const [base, whole, twice] = [0, 32, 64].map((count) =>
        checkCost(place('measured'), transactionOf(count)),
      );
      if (!base || !whole || !twice) throw new Error('each has been measured');
      const more = (cost: CheckCost) => cost.instantiations - base.instantiations;
      console.info(
        `a transaction of 32 operations in each branch: ${more(whole)} type instantiations more ` +
          `than an empty one (64: ${more(twice)}), checked in ${Math.round(whole.checkMs)} ms`,
      );
      // Counts are the same on every machine; the time is for the reader.
      expect(more(whole)).toBeLessThan(3_000);
      // A cost that grows with the square would be fourfold.
      expect(more(twice)).toBeLessThan(3 * more(whole));
    },
    COMPILER_TIMEOUT_MS,
  );
});

describe('await without commit', () => {
  it(
    'is the error of the compiler for what is no promise',
    () => {
      const unfinished = [
        'etcd.txn()',
        "etcd.txn().then(etcd.op.get('k'))",
        "etcd.txn().if(etcd.compare('k').exists())",
        "etcd.txn().else(etcd.op.get('k'), etcd.op.put('k', 'v'))",
      ];
      const text = `import type { EtcdClient } from '../../src/index.js';
export const run = async (etcd: EtcdClient) => {
${unfinished.map((txn) => `  await ${txn};`).join('\n')}
};
`;
      const path = place('awaited');
      // TS1320, once a line.
      const message =
        "Type of 'await' operand must either be a valid promise or must not contain a callable 'then' member.";
      expect(diagnosticsOf([path], new Map([[path, text]])).get(path)).toEqual(
        unfinished.map((_, index) => `test/types/awaited.types.ts:${index + 3}: ${message}`),
      );
    },
    COMPILER_TIMEOUT_MS,
  );
});
