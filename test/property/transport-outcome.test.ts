import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EtcdError, type Outcome } from '../../src/errors/index.js';
import { CallScope } from '../../src/transport/call-scope.js';
import { ManualClock } from '../support/manual-clock.js';

const OUTCOMES: readonly Outcome[] = ['not-sent', 'not-applied', 'unknown'];
const worst = (outcomes: readonly Outcome[]): Outcome =>
  OUTCOMES[Math.max(0, ...outcomes.map((outcome) => OUTCOMES.indexOf(outcome)))] ?? 'unknown';

const attempt = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  /** The pause before the next attempt, in which the call may be interrupted. */
  pauseMs: fc.integer({ min: 0, max: 50 }),
});

it('a call that ends anywhere reports the worst outcome of its attempts, and leaves no timer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(attempt, { maxLength: 8 }),
      fc.constantFrom('deadline', 'abort', 'close'),
      fc.boolean(),
      async (attempts, end, inFlight) => {
        const clock = new ManualClock();
        const open = new Set<CallScope>();
        const controller = new AbortController();
        const scope = new CallScope('KV.Put', { signal: controller.signal }, 1_000, clock, open);
        for (const { outcome, pauseMs } of attempts) {
          const sent = scope.stage<void>('unknown', (_, reject) => {
            clock.setTimeout(() => reject(new EtcdError('x', { code: 'UNKNOWN', outcome })), 1);
            return () => {};
          });
          const failed = sent.catch((error: EtcdError) => scope.note(error.outcome));
          await clock.advance(1);
          await failed;
          const pause = scope.waiting<void>((resolve) => {
            clock.setTimeout(resolve, pauseMs);
            return () => {};
          });
          await clock.advance(pauseMs);
          await pause;
        }
        const last = scope
          .waiting<never>(() => () => {}, undefined, inFlight ? 'unknown' : 'not-sent')
          .catch((error: EtcdError) => error);
        if (end === 'deadline') await clock.advance(2_000);
        if (end === 'abort') controller.abort();
        if (end === 'close') for (const one of open) one.close();
        const error = await last;
        scope.dispose();
        const left = attempts.map(({ outcome }) => outcome);
        expect(error.outcome).toBe(inFlight ? 'unknown' : worst(left));
        expect(scope.outcome).toBe(worst(left));
        expect(clock.timers).toBe(0);
        expect(open.size).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});
