import { describe, expect, it } from 'vitest';
import {
  checkBoolean,
  checkCallOptions,
  checkFunction,
  checkKnownOptions,
  checkNonNegativeInteger,
  checkPositiveInteger,
  checkSignal,
  checkTimeoutMs,
  InvalidArgumentError,
  nonNegativeInt64,
  toBigInt,
  toSafeNumber,
  uint64,
} from '../../../src/errors/index.js';

const refuses = (
  name: string,
  check: (name: string, value: never) => void,
  values: unknown[],
): void => {
  for (const value of values) {
    expect(() => check(name, value as never), String(value)).toThrow(InvalidArgumentError);
    expect(() => check(name, value as never)).toThrow(new RegExp(`^${name}: got `));
  }
};

describe('a timeout', () => {
  it('is milliseconds, 0 for none, or left out', () => {
    for (const value of [undefined, 0, 1, 0.5, 1e12]) checkTimeoutMs('timeoutMs', value);
    refuses('timeoutMs', checkTimeoutMs, [-1, Number.NaN, Infinity, '5', 5n, null, {}]);
  });
});

describe('a count', () => {
  it('is a whole number', () => {
    checkPositiveInteger('limit', 1);
    refuses('limit', checkPositiveInteger, [
      0,
      -1,
      1.5,
      Number.NaN,
      Infinity,
      2 ** 53,
      '1',
      1n,
      undefined,
    ]);
    checkNonNegativeInteger('limit', 0);
    refuses('limit', checkNonNegativeInteger, [-1, 1.5, 2 ** 53, '0', 0n, undefined]);
  });
});

describe('switches, functions and signals', () => {
  it('may be left out, and must be what they are', () => {
    for (const value of [undefined, true, false]) checkBoolean('prevKv', value);
    refuses('prevKv', checkBoolean, [0, 'true', null]);
    for (const value of [undefined, () => 1]) checkFunction('tls', value);
    refuses('tls', checkFunction, [{}, 'f', null]);
    for (const value of [undefined, AbortSignal.abort()]) checkSignal('signal', value);
    refuses('signal', checkSignal, [null, {}, new AbortController(), 'now', true]);
  });

  it('are checked together for a call', () => {
    checkCallOptions({ signal: undefined, timeoutMs: undefined });
    expect(() => checkCallOptions({ timeoutMs: -1 })).toThrow(/^timeoutMs: got -1/);
    expect(() => checkCallOptions({ signal: {} })).toThrow(/^signal: got an object/);
  });
});

describe('an option that does not exist', () => {
  it('is named, with those that do', () => {
    checkKnownOptions<{ a?: number }>('options', undefined, { a: true });
    checkKnownOptions('options', { a: 1, b: undefined }, { a: true, b: true });
    expect(() =>
      checkKnownOptions<object>('tls', { cert: 'c', kee: 'k' }, {
        cert: true,
        key: true,
      } as object),
    ).toThrow('tls.kee: got a string; no such option: did you mean key? known are cert, key');
    refuses('options', (name, value) => checkKnownOptions(name, value as { a: 1 }, { a: true }), [
      null,
      'a',
      5,
      [],
    ]);
  });

  it('must be a plain object: a promise or a handle is refused', () => {
    class Handle {
      readonly #id = 1n;
      get id(): bigint {
        return this.#id;
      }
    }
    const handles = [new Handle(), Promise.resolve({ a: 1 }), new Date(), () => 1];
    refuses(
      'options',
      (name, value) => checkKnownOptions(name, value as { a: 1; b: 1 }, { a: true, b: true }),
      handles,
    );
    expect(() =>
      checkKnownOptions<object>('options', new Handle(), { a: true, b: true } as object),
    ).toThrow('options: got an instance of Handle; an object; known are a, b');
    class Settings {
      a = 1;
    }
    checkKnownOptions('options', new Settings(), { a: true });
    checkKnownOptions<{ a?: number }>('options', Object.create(null), { a: true });
  });
});

describe('a 64-bit argument', () => {
  it('takes whole numbers and bigints exactly', () => {
    expect(toBigInt('revision', 5)).toBe(5n);
    expect(toBigInt('revision', 9007199254740993n)).toBe(9007199254740993n);
    expect(toBigInt('leaseId', -1)).toBe(-1n);
    expect(toBigInt('leaseId', 2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
    expect(toBigInt('memberId', 2n ** 64n - 1n, uint64)).toBe(2n ** 64n - 1n);
  });

  it('refuses what would be rounded or does not fit', () => {
    refuses('revision', toBigInt, [1.5, 2 ** 53, Number.NaN, Infinity, '5', undefined, null]);
    refuses('leaseId', toBigInt, [2n ** 63n, -(2n ** 63n) - 1n]);
    refuses('revision', (name, value) => toBigInt(name, value, nonNegativeInt64), [
      -1,
      -1n,
      2n ** 63n,
    ]);
    refuses('memberId', (name, value) => toBigInt(name, value, uint64), [-1n, 2n ** 64n]);
  });
});

describe('a quantity of the server', () => {
  it('is never rounded', () => {
    expect(toSafeNumber('count', 2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(toSafeNumber('ttl', -1n)).toBe(-1);
    for (const value of [2n ** 53n, -(2n ** 53n)]) {
      expect(() => toSafeNumber('count', value)).toThrow(
        expect.objectContaining({
          code: 'UNSAFE_INTEGER',
          message: expect.stringContaining(`count: ${value}`),
        }),
      );
    }
  });
});
