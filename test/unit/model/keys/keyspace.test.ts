import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../src/errors/index.js';
import {
  allKeys,
  Keyspace,
  keyAfter,
  prefixEnd,
  rangeFrom,
  singleKey,
} from '../../../../src/model/keys/index.js';

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])),
  );
const { root } = Keyspace;
const app = root.sub('app/');

describe('the end of a prefix', () => {
  it.each([
    [bytes('a'), bytes('b')],
    [bytes('foo'), bytes('fop')],
    [bytes('a', 0xff), bytes('b')],
    [bytes('a', 0xff, 0xff), bytes('b')],
    [bytes('a', 0xfe, 0xff), bytes('a', 0xff)],
    [bytes(0xff), bytes(0)],
    [bytes(0xff, 0xff), bytes(0)],
    [bytes(), bytes(0)],
  ])('of %o is %o', (prefix, end) => {
    const before = Uint8Array.from(prefix);
    expect(prefixEnd(prefix)).toEqual(end);
    expect(prefix).toEqual(before);
  });
});

describe('outside any namespace', () => {
  it('keys and ranges are what they are on the wire', () => {
    expect(root.encodeKey('ü')).toEqual(bytes('ü'));
    expect(root.single('a')).toEqual({ key: bytes('a'), rangeEnd: bytes() });
    expect(root.prefix('users/')).toEqual({ key: bytes('users/'), rangeEnd: bytes('users0') });
    expect(root.range('a', 'b')).toEqual({ key: bytes('a'), rangeEnd: bytes('b') });
    expect(root.range('a', '\0')).toEqual({ key: bytes('a'), rangeEnd: bytes(0) });
    expect(root.fromKey('b')).toEqual({ key: bytes('b'), rangeEnd: bytes(0) });
    expect(root.all()).toEqual({ key: bytes(0), rangeEnd: bytes(0) });
    expect(root.prefix('')).toEqual(root.all());
    expect(allKeys()).toEqual(root.all());
    expect(root.strip(bytes('a'))).toEqual(bytes('a'));
  });

  it('refuses an empty key, and names the argument', () => {
    for (const empty of ['', bytes()]) {
      expect(() => root.encodeKey(empty)).toThrow(InvalidArgumentError);
      expect(() => root.encodeKey(empty)).toThrow(/^key: got .*; a key is not empty$/);
      expect(() => root.single(empty)).toThrow(/^key: /);
      expect(() => root.fromKey(empty)).toThrow(/^start: /);
      expect(() => root.range(empty, 'b')).toThrow(/^start: /);
      expect(() => root.range('a', empty)).toThrow(/^end: .*range\(key\) is one key/);
    }
    expect(() => root.encodeRange(singleKey(bytes()))).toThrow(/^key: /);
    expect(() => root.sub('')).not.toThrow();
  });
});

describe('in a namespace', () => {
  it('everything is within its prefix', () => {
    expect(app.encodeKey('a')).toEqual(bytes('app/a'));
    expect(app.single('a')).toEqual({ key: bytes('app/a'), rangeEnd: bytes() });
    expect(app.prefix('u/')).toEqual({ key: bytes('app/u/'), rangeEnd: bytes('app/u0') });
    expect(app.range('a', 'b')).toEqual({ key: bytes('app/a'), rangeEnd: bytes('app/b') });
    expect(app.range('a', '\0')).toEqual({ key: bytes('app/a'), rangeEnd: bytes('app0') });
    expect(app.fromKey('b')).toEqual({ key: bytes('app/b'), rangeEnd: bytes('app0') });
    expect(app.all()).toEqual({ key: bytes('app/'), rangeEnd: bytes('app0') });
    expect(app.prefix('')).toEqual(app.all());
  });

  it('the key equal to the bare prefix is the empty one', () => {
    expect(app.encodeKey('')).toEqual(bytes('app/'));
    expect(app.strip(bytes('app/'))).toEqual(bytes());
    expect(app.fromKey('')).toEqual(app.all());
    expect(app.fromKey('\0').key).toEqual(bytes('app/', 0));
  });

  it('the end is cut, not only carried: a\\xff does not reach b', () => {
    const space = root.sub(bytes('a', 0xff));
    expect(space.all()).toEqual({ key: bytes('a', 0xff), rangeEnd: bytes('b') });
  });

  it('namespaces nest, and an empty one is no step', () => {
    expect(app.sub('users/').encodeKey('1')).toEqual(bytes('app/users/1'));
    expect(app.sub('')).toBe(app);
    expect(root.encodeKey('x')).toEqual(bytes('x'));
  });

  it('ranges in wire form move in', () => {
    expect(app.encodeRange(singleKey(bytes('a')))).toEqual(app.single('a'));
    expect(app.encodeRange(root.prefix('u/'))).toEqual(app.prefix('u/'));
    expect(app.encodeRange(rangeFrom(bytes('b')))).toEqual(app.fromKey('b'));
    expect(app.encodeRange(allKeys())).toEqual(app.all());
  });

  it('a key from elsewhere is not stripped but reported', () => {
    expect(app.contains(bytes('other'))).toBe(false);
    expect(() => app.strip(bytes('apq/a'))).toThrow(
      'the key 0x6170712f61 is not in the namespace 0x6170702f',
    );
  });
});

describe('what is given as a key', () => {
  it('may be bytes, which are copied', () => {
    for (const key of [bytes('ab'), Buffer.from('ab'), Buffer.from('xaby').subarray(1, 3)]) {
      for (const space of [root, app]) {
        const encoded = space.encodeKey(key);
        const prefix = space.sub(key).prefixBytes;
        key[0] = 0x7a;
        expect([...encoded].slice(-2)).toEqual([...bytes('ab')]);
        expect([...prefix].slice(-2)).toEqual([...bytes('ab')]);
        expect(Buffer.isBuffer(encoded)).toBe(false);
        key[0] = 0x61;
      }
    }
  });

  it('must be a string or bytes', () => {
    for (const wrong of [
      undefined,
      null,
      5,
      5n,
      {},
      ['a'],
      new ArrayBuffer(1),
      new Uint16Array(1),
    ]) {
      expect(() => app.encodeKey(wrong as never)).toThrow(
        /^key: got .*; a string or a Uint8Array$/,
      );
      expect(() => app.encodeKey(wrong as never, 'from')).toThrow(/^from: got /);
      expect(() => app.prefix(wrong as never)).toThrow(/^prefix: got /);
      expect(() => root.sub(wrong as never)).toThrow(/^namespace: got /);
    }
  });

  it('must not have half of a surrogate pair, which would be stored as another key', () => {
    for (const half of ['\ud83d', 'a\udca1b', `${'a'.repeat(200)}\ud83d`]) {
      for (const space of [root, app]) {
        expect(() => space.encodeKey(half)).toThrow(
          /^key: got .*; a string without half of a surrogate/,
        );
      }
    }
    expect(root.encodeKey('💡')).toEqual(bytes('💡'));
  });
});

describe('the key after a key', () => {
  it('has nothing in between', () => {
    expect(keyAfter(bytes('a'))).toEqual(bytes('a', 0));
  });
});
