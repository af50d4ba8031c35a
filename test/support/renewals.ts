import type { Lease } from '../../src/index.js';
import { within } from './wait.js';

/** Waits for so many renewals from now on; rejects when the lease is lost. */
export async function renewals(lease: Lease, count: number, timeoutMs = 40_000): Promise<void> {
  let seen = 0;
  const enough = new Promise<void>((resolve, reject) => {
    lease.on('renewed', () => {
      seen += 1;
      if (seen === count) resolve();
    });
    lease.on('lost', reject);
  });
  await within(enough, timeoutMs, `${count} renewals`);
}
