import { describe } from 'vitest';
import { SERVER_TEST_TIMEOUT_MS } from './describe-etcd.js';
import { namespacesUnavailable } from './netns.js';
import { skipSuite } from './skip.js';

const unavailable = await namespacesUnavailable();

/** Declares a suite that needs network namespaces; where there are none it is skipped, and says why. */
export function describeNamespaces(name: string, suite: () => void): void {
  if (unavailable === undefined) describe(name, { timeout: SERVER_TEST_TIMEOUT_MS }, suite);
  else skipSuite(name, unavailable);
}
