import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { services } from '../../../src/rpc/services.js';

const ROW = /^\| `(\w+\.\w+)` \| ([a-z-]+) \| (.+) \|$/gm;
const page = readFileSync(new URL('../../../docs/retries.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(ROW)].map(([, name, rule, reason]) => ({
  name,
  rule,
  reason,
}));

it('documents the retry rule of every call as it is, with a reason', () => {
  const methods = Object.values(services).flatMap((service) => Object.values(service));
  expect(documented.map(({ name, rule }) => ({ name, rule }))).toEqual(
    methods.map(({ name, retry }) => ({ name, rule: retry })),
  );
  for (const { reason } of documented) expect(reason?.length).toBeGreaterThan(10);
});
