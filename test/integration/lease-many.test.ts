import { expect, it } from 'vitest';
import { keepMany, keepOne } from '../soak/leases.js';

// Short forms of the long runs: see docs/soak.md.

it.concurrent('keeps a thousand leases alive over one stream', async () => {
  const figures = await keepMany({ leases: 1_000, ttlSeconds: 6, seconds: 7 });
  expect(figures).toMatchObject({ leases: 1_000, lost: 0, 'streams opened': 1 });
  expect(figures['renewals']).toBeGreaterThanOrEqual(1_000);
}, 60_000);

it.concurrent('keeps a short lease alive for several times its TTL, and lets it expire', async () => {
  // A machine may stall for longer than the shortest times.
  await keepOne({ ttlSeconds: 4, seconds: 12 });
}, 60_000);
