import { vi } from 'vitest';
import type { BatchingOptions } from '../../src/transport/batching/options.js';

/**
 * Runs a whole suite with batching on or off, whatever clients it makes: with the environment variable
 * ETCD_KIT_TEST_BATCHING set to `all` every client that does not say otherwise gathers reads and writes,
 * with `off` none gathers anything. Loaded before every test file.
 */
const wanted = process.env['ETCD_KIT_TEST_BATCHING'];
const DEFAULTS: Readonly<Record<string, BatchingOptions | false>> = {
  all: { reads: true, writes: true },
  off: false,
};

if (wanted !== undefined) {
  const byDefault = DEFAULTS[wanted];
  if (byDefault === undefined) {
    throw new Error(`ETCD_KIT_TEST_BATCHING is ${wanted}; allowed are ${Object.keys(DEFAULTS)}`);
  }
  vi.doMock('../../src/transport/batching/options.js', async (original) => {
    const actual = await original<typeof import('../../src/transport/batching/options.js')>();
    return {
      ...actual,
      checkBatchingOptions: (options: BatchingOptions | false | undefined) =>
        actual.checkBatchingOptions(options ?? byDefault),
    };
  });
}
