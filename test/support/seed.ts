import fc from 'fast-check';

/**
 * The seed of every property. A fixed one, so that a run of the tests says the same about the same code;
 * the environment variable ETCD_KIT_TEST_SEED gives another, to look further. Loaded before the test
 * files with properties.
 */
const DEFAULT_SEED = 2_379;

const wanted = process.env['ETCD_KIT_TEST_SEED'];
const seed = wanted === undefined ? DEFAULT_SEED : Number(wanted);
if (!Number.isSafeInteger(seed)) {
  throw new Error(`ETCD_KIT_TEST_SEED is ${wanted}; allowed is a whole number`);
}
fc.configureGlobal({ seed });
