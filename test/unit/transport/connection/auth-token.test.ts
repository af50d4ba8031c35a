import { beforeEach, expect, it } from 'vitest';
import { AuthenticationError, type EtcdError } from '../../../../src/errors/index.js';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { AuthToken } from '../../../../src/transport/connection/auth-token.js';
import { failureOf } from '../../../support/client.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { type Deferred, deferred } from '../../../support/wait.js';

const REFUSAL = new AuthenticationError('etcdserver: invalid auth token', {
  code: 'INVALID_AUTH_TOKEN',
  outcome: 'not-applied',
});

let clock: ManualClock;
let fetches: Deferred<string | undefined>[];
let fetched: number;

beforeEach(() => {
  clock = new ManualClock();
  fetches = [];
  fetched = 0;
});

function tokenOf(renewable = true): AuthToken {
  const fetch = (): Promise<string | undefined> => {
    const next = deferred<string | undefined>();
    fetches.push(next);
    return next.promise;
  };
  return new AuthToken({ fetch, renewable, fetched: () => fetched++ }, clock);
}

function call(token: AuthToken, timeoutMs = 5_000): Promise<string | undefined> {
  const scope = new CallScope('KV.Put', {}, timeoutMs, clock, new Set());
  const late = (): EtcdError => scope.timedOut();
  return token.get(scope, late).finally(() => scope.dispose());
}

it('is fetched once, however many calls wait for it', async () => {
  const token = tokenOf();
  const calls = Array.from({ length: 50 }, () => call(token));
  expect(fetches).toHaveLength(1);
  fetches[0]?.resolve('one');
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['one']));
  expect(await call(token)).toBe('one');
  expect(fetched).toBe(1);
  expect(clock.timers).toBe(0);
});

it('is fetched again once, however many calls were refused with it', async () => {
  const token = tokenOf();
  const first = call(token);
  fetches[0]?.resolve('one');
  await first;
  await clock.advance(10_000);
  for (let i = 0; i < 50; i++) token.refused('one', REFUSAL);
  const calls = Array.from({ length: 50 }, () => call(token));
  fetches[1]?.resolve('two');
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['two']));
  // A call that was sent with the old one and refused late does not throw the new one away.
  token.refused('one', REFUSAL);
  expect(await call(token)).toBe('two');
  expect(fetches).toHaveLength(2);
});

it('is fetched after growing pauses when it is refused again and again', async () => {
  const token = tokenOf();
  const pauses: number[] = [];
  for (let i = 0; i < 9; i++) {
    const next = call(token, 60_000);
    const pause = fetches.length > i ? 0 : (clock.nextTimerMs ?? Number.NaN);
    pauses.push(pause);
    await clock.advance(pause);
    fetches[i]?.resolve(`token ${i}`);
    token.refused(await next, REFUSAL);
  }
  expect(pauses).toEqual([0, 37.5, 75, 150, 300, 600, 1_200, 1_500, 1_500]);
  await clock.advance(1_001);
  void call(token);
  expect(fetches).toHaveLength(10);
});

it('fails the calls that wait for it, and each of the next ones tries anew', async () => {
  const token = tokenOf();
  const calls = [call(token), call(token)].map(failureOf);
  const wrong = new AuthenticationError('wrong password', { outcome: 'not-applied' });
  fetches[0]?.reject(wrong);
  for (const error of await Promise.all(calls)) {
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', outcome: 'not-sent' });
  }
  const next = call(token);
  await clock.advance(50);
  fetches[1]?.resolve('one');
  expect(await next).toBe('one');
});

it('is no unhandled rejection when those who waited for it have given up', async () => {
  const token = tokenOf();
  const late = failureOf(call(token, 100));
  await clock.advance(100);
  expect(await late).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
  fetches[0]?.reject(new Error('much later'));
  await clock.advance(0);
  expect(token.known).toBe(false);
});

it('is not needed where the cluster asks for none', async () => {
  const token = tokenOf();
  const first = call(token);
  fetches[0]?.resolve(undefined);
  expect(await first).toBeUndefined();
  expect(token.known).toBe(true);
  // The cluster switched authentication on.
  token.refused(undefined, REFUSAL);
  expect(token.known).toBe(false);
});

it('cannot be fetched again when it was given ready', async () => {
  const token = tokenOf(false);
  const first = call(token);
  fetches[0]?.resolve('given');
  await first;
  expect(() => token.refused('given', REFUSAL)).toThrow(AuthenticationError);
  expect(token.value).toBe('given');
});

it('stops pausing when the client closes', async () => {
  const token = tokenOf();
  const first = call(token);
  fetches[0]?.resolve('one');
  token.refused(await first, REFUSAL);
  const second = failureOf(call(token, 0));
  token.close();
  expect((await second).outcome).toBe('not-sent');
  expect(clock.timers).toBe(0);
  expect(fetches).toHaveLength(1);
});
