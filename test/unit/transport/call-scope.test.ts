import { getEventListeners } from 'node:events';
import { beforeEach, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/errors/index.js';
import { CallScope } from '../../../src/transport/call-scope.js';
import type { CallOptions } from '../../../src/transport/transport.js';
import { failureOf } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let open: Set<CallScope>;

beforeEach(() => {
  clock = new ManualClock();
  open = new Set();
});

function scopeOf(options: CallOptions = {}, timeoutMs = 1_000): CallScope {
  return new CallScope('KV.Put', options, timeoutMs, clock, open);
}

const never = (): (() => void) => () => {};

it('ends a stage when its signal aborts, and cancels what the stage started', async () => {
  const controller = new AbortController();
  const scope = scopeOf({ signal: controller.signal });
  let cancelled = 0;
  const stage = failureOf(scope.stage('unknown', () => () => cancelled++));
  controller.abort('enough');
  expect(await stage).toMatchObject({ code: 'ABORTED', cause: 'enough', outcome: 'unknown' });
  expect(cancelled).toBe(1);
  scope.dispose();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  expect(open.size).toBe(0);
});

it('lets no stage begin after that', async () => {
  const scope = scopeOf({ signal: AbortSignal.abort('before') });
  let started = false;
  const stage = scope.stage('unknown', () => {
    started = true;
    return never();
  });
  expect(await failureOf(stage)).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  expect(started).toBe(false);
});

it('ends every open call when the client closes, whatever its stage', async () => {
  const waiting = failureOf(scopeOf().waiting(never));
  const sent = failureOf(scopeOf().stage('unknown', never));
  const between = scopeOf();
  for (const scope of [...open]) scope.close();
  expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'not-sent' });
  expect(await sent).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'unknown' });
  expect(await failureOf(between.stage('not-sent', never))).toMatchObject({
    code: 'CLIENT_CLOSED',
    outcome: 'not-sent',
  });
});

it('ends a stage that waits at the deadline, with the explanation it is given', async () => {
  const scope = scopeOf();
  const reason = new TimeoutError('nobody came', {});
  const first = failureOf(scope.waiting(never, () => reason));
  await clock.advance(999);
  expect(clock.timers).toBe(1);
  await clock.advance(1);
  expect(await first).toBe(reason);
  expect(clock.timers).toBe(0);
});

it('has no deadline at 0', async () => {
  const scope = scopeOf({}, 0);
  expect(scope.remainingMs).toBe(Infinity);
  const stage = scope.waiting<string>((resolve) => {
    clock.setTimeout(() => resolve('late'), 3_600_000);
    return never();
  });
  await clock.advance(3_600_000);
  expect(await stage).toBe('late');
});

it('leaves no timer behind a stage that is over as it begins', async () => {
  const scope = scopeOf();
  const stage = scope.waiting<string>((resolve) => {
    resolve('at once');
    return never();
  });
  expect(await stage).toBe('at once');
  expect(clock.timers).toBe(0);
});

it('lets a stage that settles late disturb no later one', async () => {
  const scope = scopeOf();
  let settleFirst = (_: string): void => {};
  const first = scope.stage<string>('not-sent', (resolve) => {
    settleFirst = resolve;
    return never();
  });
  settleFirst('first');
  expect(await first).toBe('first');
  scope.note('unknown');
  const second = failureOf(scope.waiting(never));
  settleFirst('again');
  expect(scope.outcome).toBe('unknown');
  await clock.advance(1_000);
  expect((await second).code).toBe('TIMEOUT');
});

it('reports the worst outcome of its attempts', async () => {
  const scope = scopeOf();
  const attempt = (outcome: 'not-sent' | 'not-applied' | 'unknown') => {
    const error = new TimeoutError('failed', { outcome });
    return failureOf(
      scope.stage('unknown', (_, reject) => {
        reject(error);
        return never();
      }),
    ).then(() => scope.note(outcome));
  };
  await attempt('not-sent');
  expect(scope.outcome).toBe('not-sent');
  await attempt('unknown');
  await attempt('not-applied');
  await attempt('not-sent');
  expect(scope.outcome).toBe('unknown');
  expect(scope.timedOut().outcome).toBe('unknown');
});

it('ends thousands of late calls by turns, between which others are sent and answered', async () => {
  const due: (() => void)[] = [];
  const held = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    random: () => clock.random(),
    setTimeout: (callback: () => void) => {
      due.push(callback);
      return { cancel: () => {}, unref: () => {} };
    },
  };
  const outcomes: string[] = [];
  const late = Array.from({ length: 1_000 }, () => {
    const scope = new CallScope('KV.Put', {}, 1_000, held, open);
    return scope.waiting(never).catch((error: TimeoutError) => {
      outcomes.push(`${error.code} ${error.outcome}`);
    });
  });
  const answered = new CallScope('KV.Put', {}, 1_000, held, open);
  let answer = (_: string): void => {};
  const other = answered.waiting<string>((resolve) => {
    answer = resolve;
    return () => {};
  });
  // A busy process runs all timers in one turn.
  for (const callback of due) callback();
  await Promise.resolve();
  expect(outcomes.length).toBeLessThan(200);
  answer('in time');
  expect(await other).toBe('in time');
  await Promise.all(late);
  expect(new Set(outcomes)).toEqual(new Set(['TIMEOUT not-sent']));
});
