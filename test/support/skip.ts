import { describe } from 'vitest';

/** Declares a suite that cannot run here, and prints the reason: nothing is skipped in silence. */
export function skipSuite(name: string, reason: string): void {
  console.warn(`skipped: ${name}: ${reason}`);
  describe.skip(`${name}: ${reason}`, () => {});
}
