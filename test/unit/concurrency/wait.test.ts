import { expect, it } from 'vitest';
import { Wait } from '../../../src/concurrency/wait.js';
import type { KeyValue } from '../../../src/index.js';
import { systemClock } from '../../../src/internal/clock.js';
import { abortOf } from '../../support/locks.js';

it('a wait that times out in the middle of a queue names the key before its own', async () => {
  using wait = new Wait(
    {
      name: 'jobs',
      clock: systemClock,
      what: 'the lock jobs was not acquired',
      sessionSignal: new AbortController().signal,
      outcome: () => 'unknown',
      localReason: () => undefined,
      describeHolder: () => 'nobody has seen the holder',
      ask: async () => {},
    },
    { timeoutMs: 10 },
  );
  await wait.attempt(async () => 'entered');
  wait.ahead = { key: 'jobs/a1', lease: 161n } as KeyValue;
  expect(await abortOf(wait.signal)).toMatchObject({
    message:
      'the lock jobs was not acquired within 10 ms: others are before it, the last of them the key jobs/a1 (lease 161, 0xa1)',
  });
});
