import { describe, expect, it } from 'vitest';
import { invalidArgument } from '../../../../src/errors/index.js';
import { retryCall } from '../../../../src/transport/call/retry.js';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('a call that failed', () => {
  it('is not repeated when an argument is wrong, although another endpoint could take it at once', async () => {
    const scope = new CallScope('KV.Put', {}, 0, new ManualClock(), new Set());
    const wrong = invalidArgument('auth.token', '', 'a token');
    let attempts = 0;
    const call = retryCall(
      scope,
      wrong,
      async () => {
        attempts += 1;
        throw wrong;
      },
      { again: () => false, atOnce: () => true },
      undefined,
    );
    await expect(call).rejects.toBe(wrong);
    expect(attempts).toBe(0);
    scope.dispose();
  });
});
