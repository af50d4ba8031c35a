import { afterAll, expect } from 'vitest';
import { lookAnew, secretsInLogs } from './log-hooks.js';

/**
 * Fails a test file when a line of its clients holds a secret: see `log-hooks.ts`. Loaded before every file of
 * the integration suite.
 */
lookAnew();

afterAll(() => {
  expect(secretsInLogs()).toEqual([]);
});
