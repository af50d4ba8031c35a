import { afterAll, expect } from 'vitest';
import { lookAnew, secretsInLogs } from './log-hooks.js';

/**
 * Fails a test file when a line of its clients holds a secret: see `log-hooks.ts`. Loaded before every file of
 * the integration suite, whose files share a process and the hooks.
 */
lookAnew();

afterAll(() => {
  expect(secretsInLogs()).toEqual([]);
});
