import { describe, expect, it } from 'vitest';
import { retryUntilAnswered } from '../../../src/concurrency/retry-until-answered.js';
import { EtcdError, TimeoutError, UnavailableError } from '../../../src/index.js';
import { systemClock } from '../../../src/internal/clock.js';

const never = new AbortController().signal;

describe('a call that is repeated until a server answers', () => {
  it('is repeated after transient failures, and reports each of them', async () => {
    const failures = [
      new UnavailableError('cut', { outcome: 'unknown' }),
      new TimeoutError('slow', { outcome: 'unknown' }),
      new EtcdError('busy', { code: 'TOO_MANY_REQUESTS', outcome: 'not-applied' }),
    ];
    const told: unknown[] = [];
    let next = 0;
    const call = async (): Promise<string> => {
      const failure = failures[next++];
      if (failure !== undefined) throw failure;
      return 'answered';
    };
    expect(await retryUntilAnswered(systemClock, call, never, (error) => told.push(error))).toBe(
      'answered',
    );
    expect(told).toEqual(failures);
  });

  it('ends with a refusal', async () => {
    const refusal = new EtcdError('no', { code: 'PERMISSION_DENIED', outcome: 'not-applied' });
    await expect(
      retryUntilAnswered(systemClock, () => Promise.reject(refusal), never),
    ).rejects.toBe(refusal);
  });

  it('ends with an error that may have been applied and that will not pass', async () => {
    const full = new EtcdError('full', { code: 'NO_SPACE', outcome: 'unknown' });
    await expect(retryUntilAnswered(systemClock, () => Promise.reject(full), never)).rejects.toBe(
      full,
    );
  });

  it.each(['INTERNAL', 'UNKNOWN'] as const)(
    'ends with %s when every attempt fails so',
    async (code) => {
      const attemptsOf = async (retryable: boolean): Promise<number> => {
        const broken = new EtcdError('boom', { code, outcome: 'unknown', retryable });
        let attempts = 0;
        const call = (): Promise<never> => {
          attempts++;
          return Promise.reject(broken);
        };
        await expect(retryUntilAnswered(systemClock, call, never)).rejects.toBe(broken);
        return attempts;
      };
      // Reads tell that they are retryable, writes do not: neither may go on for ever.
      expect(await Promise.all([attemptsOf(true), attemptsOf(false)])).toEqual([8, 8]);
    },
  );

  it('survives a few unknown failures, between others', async () => {
    const failures = [
      new EtcdError('boom', { code: 'INTERNAL', outcome: 'unknown' }),
      new UnavailableError('cut', { outcome: 'unknown' }),
      new EtcdError('what?', { code: 'UNKNOWN', outcome: 'unknown' }),
    ];
    const call = async (): Promise<string> => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return 'answered';
    };
    expect(await retryUntilAnswered(systemClock, call, never)).toBe('answered');
  });

  it('is not begun again after the stop, but an attempt in flight still counts', async () => {
    const stop = new AbortController();
    const call = async (): Promise<string> => {
      stop.abort(new Error('stopped'));
      return 'late';
    };
    expect(await retryUntilAnswered(systemClock, call, stop.signal)).toBe('late');
    await expect(retryUntilAnswered(systemClock, call, stop.signal)).rejects.toThrow('stopped');
  });
});
