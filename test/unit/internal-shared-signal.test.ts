import { getMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { sharedController } from '../../src/internal/shared-signal.js';

it('makes a signal that any number of calls may listen to', () => {
  const { signal } = sharedController();
  expect(signal.aborted).toBe(false);
  expect(getMaxListeners(signal)).toBe(0);
});
