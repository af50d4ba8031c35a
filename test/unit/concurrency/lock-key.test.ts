import { describe, expect, it } from 'vitest';
import { checkResume, lockKey } from '../../../src/concurrency/lock-key.js';
import { InvalidArgumentError } from '../../../src/index.js';

describe('the key of a session in the queue of a name', () => {
  it('is the name, a slash, and the lease in lower-case hex without padding', () => {
    expect(lockKey('lk', 7587851380158607485n)).toEqual({
      name: 'lk',
      prefix: 'lk/',
      key: 'lk/694d76a0cacfb07d',
    });
    expect(lockKey('lk', 0xabcn).key).toBe('lk/abc');
  });

  it('gives a name that ends in a slash a second one, as Go does', () => {
    expect(lockKey('/my-lock/', 255n)).toMatchObject({
      prefix: '/my-lock//',
      key: '/my-lock//ff',
    });
  });

  it.each(['', undefined, 7])('refuses the name %s', (name) => {
    expect(() => lockKey(name as string, 1n)).toThrow(InvalidArgumentError);
  });
});

describe('the arguments of resume', () => {
  const own = lockKey('lk', 255n);

  it('are the key of this name and session, and a revision', () => {
    expect(checkResume(own, 'lk/ff', 7)).toBe(7n);
    expect(checkResume(own, 'lk/ff', 8n)).toBe(8n);
  });

  it('are no other key, and no revision below zero', () => {
    expect(() => checkResume(own, 'lk/fe', 7n)).toThrow(/lk\/ff/);
    expect(() => checkResume(own, 'lk/ff', -1n)).toThrow(InvalidArgumentError);
  });
});
