import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type * as errors from '../../../src/errors/index.js';
import {
  AbortError,
  AuthenticationError,
  abortedError,
  ClientClosedError,
  CompactedError,
  DecodeError,
  described,
  EtcdError,
  hide,
  InvalidArgumentError,
  invalidArgument,
  KeyExistsError,
  LeaseLostError,
  LeaseNotFoundError,
  NotLeaderError,
  PermissionDeniedError,
  SessionLostError,
  showAddress,
  showWord,
  TimeoutError,
  UnavailableError,
  withDetails,
} from '../../../src/errors/index.js';

const samples: readonly EtcdError[] = [
  new EtcdError('m', { code: 'NO_SPACE' }),
  new AbortError('m', {}),
  new TimeoutError('m', {}),
  new ClientClosedError('m', {}),
  new UnavailableError('m', {}),
  new CompactedError('m', { compactRevision: 5n }),
  new PermissionDeniedError('m', {}),
  new AuthenticationError('m', {}),
  new KeyExistsError('m', { key: 'k' }),
  new DecodeError('m', { key: 'k' }),
  new LeaseLostError('m', { leaseId: 1n, reason: 'expired' }),
  new LeaseNotFoundError('m', { leaseId: 1n }),
  new SessionLostError('m', {}),
  new NotLeaderError('m', {}),
  new InvalidArgumentError('m', { argument: 'key' }),
];

/** The same module again, as a program gets it that loads the ESM and the CJS build. */
async function otherCopy(): Promise<typeof errors> {
  vi.resetModules();
  const copy = await import('../../../src/errors/index.js');
  expect(copy.EtcdError).not.toBe(EtcdError);
  return copy;
}

describe('every error', () => {
  it.each(samples.map((error) => [error.name, error] as const))(
    '%s is an EtcdError',
    (name, error) => {
      expect(error).toBeInstanceOf(EtcdError);
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(error.constructor);
      expect(error.stack).toMatch(new RegExp(`^${name}: m\n`));
    },
  );

  it('is known by its class in another copy of the package, and by no other', async () => {
    const copy = await otherCopy();
    for (const error of samples) {
      for (const sample of samples) {
        const { name } = sample.constructor;
        const theirs = Reflect.get(copy, name) as new () => unknown;
        const ours = sample.constructor as new () => unknown;
        const expected = name === 'EtcdError' || error.constructor.name === name;
        expect([name, error instanceof theirs, error instanceof ours]).toEqual([
          name,
          expected,
          expected,
        ]);
      }
    }
  });

  it('is not claimed by a subclass of the user', () => {
    class MyError extends EtcdError {}
    expect(new EtcdError('m', { code: 'UNKNOWN' }) instanceof MyError).toBe(false);
    const mine = new MyError('m', { code: 'UNKNOWN' });
    expect([mine instanceof MyError, mine instanceof EtcdError]).toEqual([true, true]);
  });

  it('leaves values that are no errors alone', () => {
    for (const value of [undefined, null, 'EtcdError', 1, {}, new Error('m')]) {
      expect(value instanceof EtcdError).toBe(false);
    }
  });

  it('can be logged, with bigints as decimal strings', () => {
    const error = new CompactedError('gone', {
      compactRevision: 9007199254740993n,
      method: 'Watch.Watch',
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'CompactedError',
      message: 'gone',
      code: 'COMPACTED',
      outcome: 'unknown',
      retryable: false,
      method: 'Watch.Watch',
      compactRevision: '9007199254740993',
    });
    expect(inspect(error)).toContain("code: 'COMPACTED'");
    const binary = new DecodeError('m', { key: Uint8Array.of(1, 255) });
    expect(JSON.parse(JSON.stringify(binary))).toMatchObject({ key: '0x01ff' });
  });

  it('says in one line what failed where', () => {
    const error = new UnavailableError('gone', { method: 'KV.Put', endpoint: 'http://a:1' });
    expect(String(error)).toBe('UnavailableError [UNAVAILABLE]: gone (KV.Put at http://a:1)');
    expect(String(new TimeoutError('late', {}))).toBe('TimeoutError [TIMEOUT]: late');
  });

  it('has a cause only if one was given', () => {
    expect('cause' in new EtcdError('m', { code: 'UNKNOWN' })).toBe(false);
    const cause = new Error('beneath');
    expect(new EtcdError('m', { code: 'UNKNOWN', cause }).cause).toBe(cause);
  });

  it('takes an explicit undefined for a default', () => {
    const explicit = { outcome: undefined, retryable: undefined, code: undefined };
    expect(new UnavailableError('m', explicit)).toMatchObject({
      outcome: 'unknown',
      code: 'UNAVAILABLE',
    });
    expect(new KeyExistsError('m', { ...explicit, key: 'k' }).outcome).toBe('not-applied');
    expect(new NotLeaderError('m', explicit).outcome).toBe('not-applied');
  });
});

describe('an abort', () => {
  it("is known by the platform's name and keeps the reason", () => {
    const reason = new Error('user left');
    const error = abortedError(reason, { method: 'KV.Range', outcome: 'not-sent' });
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORTED', outcome: 'not-sent' });
    expect(error.cause).toBe(reason);
    expect(error.message).toBe('KV.Range was aborted');
    expect(abortedError(reason, {}).message).toBe('the call was aborted');
  });
});

describe('an invalid argument', () => {
  it('is a TypeError too, that nothing was sent for', () => {
    const error = invalidArgument('timeoutMs', -1, 'a number of milliseconds, 0 or more');
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({
      name: 'InvalidArgumentError',
      message: 'timeoutMs: got -1; a number of milliseconds, 0 or more',
      argument: 'timeoutMs',
      code: 'INVALID_ARGUMENT',
      outcome: 'not-sent',
      retryable: false,
    });
    expect(String(error)).toBe(`InvalidArgumentError [INVALID_ARGUMENT]: ${error.message}`);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ argument: 'timeoutMs' });
  });

  it.each([
    ['text', 'a string'],
    ['', 'an empty string'],
    [described('text without a certificate'), 'text without a certificate'],
    [showWord('text'), '"text"'],
    [showWord('x'.repeat(200)), `"${'x'.repeat(80)}…"`],
    [showWord(5), '5'],
    [hide(12345), 'a number'],
    [hide('text'), 'a string'],
    [showAddress('http://me:pw@host:1'), '"http://***@host:1"'],
    [5n, '5n'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [[1, 2], 'an array of 2'],
    [new Uint8Array(3), 'Uint8Array of 3 bytes'],
    [{ a: 1 }, 'an object'],
    [Object.create(null), 'an object'],
    [new Map(), 'an instance of Map'],
  ])('shows %o as %s', (value, shown) => {
    expect(invalidArgument('a', value, 'b').message).toBe(`a: got ${shown}; b`);
  });

  it('asks for the missing await where it got a promise', () => {
    const { message } = invalidArgument('lease', Promise.resolve(), 'a lease');
    expect(message).toBe('lease: got a promise; a lease; is an `await` missing?');
  });

  it('shows objects that throw when they are inspected', () => {
    const getPrototypeOf = () => {
      throw new Error('nobody looks in here');
    };
    const strange = [
      new Proxy({}, { getPrototypeOf }),
      Object.setPrototypeOf(new Uint16Array(1), null),
    ];
    for (const value of strange) {
      expect(invalidArgument('a', value, 'b').message).toBe('a: got an object; b');
    }
  });
});

describe('an error with a better message', () => {
  it('is a copy: the original may be shared', () => {
    const cause = new Error('beneath');
    const error = new CompactedError('gone', { compactRevision: 5n, cause, outcome: 'not-sent' });
    const better = withDetails(error, {
      method: 'KV.Put',
      outcome: 'unknown',
      endpoint: undefined,
    });
    expect(better).not.toBe(error);
    expect(better).toBeInstanceOf(CompactedError);
    expect(better).toMatchObject({
      message: 'gone',
      compactRevision: 5n,
      method: 'KV.Put',
      outcome: 'unknown',
    });
    expect([better.cause, better.stack]).toEqual([cause, error.stack]);
    expect(error).toMatchObject({ method: undefined, outcome: 'not-sent' });
  });

  it.each(samples.map((error) => [error.name, error] as const))('keeps all of %s', (_, error) => {
    expect(withDetails(error, {}).toJSON()).toEqual(error.toJSON());
  });
});
