// `npm run time:memory -- [tests]`: how long tests on MemoryEtcd take with the built package. Each makes a
// cluster and a client, takes a lock, writes under a lease, lets a minute pass, and looks at what is left. Two
// processes share them, as the workers of a test runner do. A thousand of them have to be done within five
// seconds: otherwise it fails.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** @param {string} name */
const built = (name) => import(new URL(`../dist/esm/${name}/index.js`, import.meta.url).href);
const { Mutex, Session } = await built('concurrency');
const { MemoryEtcd } = await built('testing');

const PROCESSES = 2;
/** The number of tests that a limit is set for, and the limit. */
const TESTS = 1_000;
const LIMIT_SECONDS = 5;
const WARM_UP = 20;
const MICROSECONDS_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

async function testOnce() {
  const memory = new MemoryEtcd();
  const etcd = memory.client();
  const session = await Session.create(etcd, { ttlSeconds: 15 });
  const lock = await new Mutex(session, 'jobs').acquire();
  await etcd.put('k', 'v', { lease: await etcd.lease.grant(10) });
  await memory.advance(60_000);
  if ((await etcd.get('k')) !== undefined) throw new Error('the lease did not run out');
  if (lock.signal.aborted) throw new Error('the lock was lost');
  await lock.release();
  await memory.close();
}

/**
 * Seconds on the clock, and of the processor, that so many tests take.
 *
 * @param {number} tests
 */
async function measure(tests) {
  for (let done = 0; done < WARM_UP; done += 1) await testOnce();
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  for (let done = 0; done < tests; done += 1) await testOnce();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    wall: (performance.now() - before) / MS_PER_SECOND,
    cpu: (user + system) / MICROSECONDS_PER_SECOND,
  };
}

/** @param {number} tests */
async function measureElsewhere(tests) {
  const child = fork(fileURLToPath(import.meta.url), ['--part', String(tests)]);
  const [measured] = await once(child, 'message');
  return measured;
}

const [first = String(TESTS), part = '0'] = process.argv.slice(2);
if (first === '--part') {
  process.send?.(await measure(Number(part)));
} else {
  const tests = Number(first);
  const parts = await Promise.all(
    Array.from({ length: PROCESSES }, () => measureElsewhere(Math.ceil(tests / PROCESSES))),
  );
  const wall = Math.max(...parts.map((each) => each.wall));
  const cpu = parts.reduce((sum, each) => sum + each.cpu, 0).toFixed(1);
  console.log(`${tests} tests in ${PROCESSES} processes: ${wall.toFixed(1)} s, ${cpu} s of CPU`);
  if (tests === TESTS && wall >= LIMIT_SECONDS) {
    console.error(`${TESTS} tests are to take less than ${LIMIT_SECONDS} s`);
    process.exitCode = 1;
  }
}
