import { beforeEach, describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../../../src/errors/index.js';
import { AskedFunction } from '../../../../src/transport/channel/asked-function.js';
import { failureOf } from '../../../support/client.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { type Deferred, deferred } from '../../../support/wait.js';

let clock: ManualClock;
let calls: Deferred<string>[];
let asked: AskedFunction<string>;

beforeEach(() => {
  clock = new ManualClock();
  calls = [];
  asked = new AskedFunction({
    clock,
    name: 'token function',
    call: () => {
      const call = deferred<string>();
      calls.push(call);
      return call.promise;
    },
    failed: (message, details) => new AuthenticationError(message, details),
  });
});

describe('a function of the user', () => {
  it('is called for each ask', async () => {
    const first = asked.ask();
    calls[0]?.resolve('one');
    expect(await first).toBe('one');
    const second = asked.ask();
    calls[1]?.resolve('two');
    expect(await second).toBe('two');
    expect(asked.silence).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  it('that hangs is given up, by name, and called again by the next ask', async () => {
    const first = failureOf(asked.ask());
    expect(asked.silence).toBe('the token function has not answered');
    await clock.advance(3_000);
    expect(await first).toMatchObject({
      message: 'the token function did not answer within 3000 ms',
      outcome: 'not-sent',
      retryable: true,
    });
    expect(asked.silence).toBeUndefined();
    const second = asked.ask();
    calls[1]?.resolve('two');
    expect(await second).toBe('two');
  });

  it('that is slow is of use: its late answer counts for those who ask meanwhile', async () => {
    const first = failureOf(asked.ask());
    await clock.advance(3_000);
    await first;
    const second = asked.ask();
    await clock.advance(1_000);
    calls[0]?.resolve('late');
    expect(await second).toBe('late');
    const third = asked.ask();
    calls[2]?.resolve('three');
    expect(await third).toBe('three');
  });

  it('that fails much later is no unhandled rejection, and fails nobody', async () => {
    const first = failureOf(asked.ask());
    await clock.advance(3_000);
    await first;
    calls[0]?.reject(new Error('at last'));
    await clock.advance(0);
    const second = asked.ask();
    calls[1]?.resolve('two');
    expect(await second).toBe('two');
  });

  it('that throws is told by name', async () => {
    const first = failureOf(asked.ask());
    calls[0]?.reject(new Error('the vault is sealed'));
    expect(await first).toMatchObject({
      message: 'the token function failed: the vault is sealed',
      retryable: false,
    });
  });
});
