import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { DecodeError, InvalidArgumentError } from '../../../../src/errors/index.js';
import {
  type Codec,
  checkCodec,
  codecs,
  decodeKey,
  decodeValue,
  encodeValue,
  SchemaError,
  type StandardSchema,
} from '../../../../src/model/codec/index.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const notUtf8 = Uint8Array.of(0x61, 0xff);

describe('utf8', () => {
  it('is strict both ways', () => {
    expect(codecs.utf8.decode(codecs.utf8.encode('zażółć 💡\0\ufeff'))).toBe('zażółć 💡\0\ufeff');
    expect(() => codecs.utf8.decode(notUtf8)).toThrow(TypeError);
    for (const half of ['\ud83d', 'a\udca1', `${'a'.repeat(200)}\ud83d`]) {
      expect(() => codecs.utf8.encode(half)).toThrow('half of a surrogate pair');
    }
  });

  it('writes strings alone', () => {
    expect(() => codecs.utf8.encode(5 as never)).toThrow('a string is needed, not a number');
    expect(() => codecs.utf8.encode(Promise.resolve('v') as never)).toThrow(
      /is an `await` missing/,
    );
    expect(() => codecs.utf8.encode(undefined as never)).toThrow(
      'a string is needed, not undefined',
    );
  });
});

describe('bytes', () => {
  it('are passed as they are', () => {
    const some = Uint8Array.of(0, 255);
    expect(codecs.bytes.encode(some)).toBe(some);
    expect(codecs.bytes.decode(some)).toBe(some);
    expect(() => codecs.bytes.encode('a' as never)).toThrow('a Uint8Array is needed, not a string');
  });
});

describe('json', () => {
  it('writes and reads what JSON can hold', () => {
    const codec = codecs.json<unknown>();
    for (const value of [null, true, 0, -1.5, '', 'ü', [1, [2]], { a: { b: [null] } }]) {
      expect(codec.decode(codec.encode(value))).toEqual(value);
    }
    expect(codec.encode({ a: 1 })).toEqual(text('{"a":1}'));
  });

  it.each([undefined, () => 1, Symbol('s'), 5n, Number.NaN, -Infinity, { deep: 5n }])(
    'refuses %o',
    (value) => {
      expect(() => codecs.json<unknown>().encode(value)).toThrow(TypeError);
    },
  );

  it('refuses a cycle', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => codecs.json<unknown>().encode(cycle)).toThrow(TypeError);
  });

  it('refuses bytes that are not JSON or not UTF-8', () => {
    for (const wrong of [text(''), text('{'), notUtf8]) {
      expect(() => codecs.json().decode(wrong)).toThrow();
    }
  });
});

describe('a schema', () => {
  const User = z.object({ id: z.number(), email: z.string() });
  const user = { id: 42, email: 'a@b.c' };

  it('checks what is written and what is read', () => {
    const codec = codecs.schema(User);
    expect(codec.decode(codec.encode(user))).toEqual(user);
    expectTypeOf(codec).toEqualTypeOf<Codec<z.output<typeof User>, z.input<typeof User>>>();
    // @ts-expect-error the shape is wrong
    expect(() => codec.encode({ id: 'x' })).toThrow(SchemaError);
    expect(() => codec.decode(text('{"id":1}'))).toThrow(SchemaError);
  });

  it('lists what is wrong and where', () => {
    const nested = codecs.schema(z.object({ list: z.array(z.number()) }));
    let thrown: unknown;
    try {
      nested.decode(text('{"list":[1,"2"]}'));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SchemaError);
    expect((thrown as SchemaError).message).toMatch(/^zod: list\.1: .+/);
    expect((thrown as SchemaError).issues).toHaveLength(1);
    expect(() => codecs.schema(z.string()).decode(text('5'))).toThrow(/^zod: [^:]+: /);
  });

  it('stores the input and yields the output of the schema', () => {
    const Port = z.string().transform(Number);
    const codec = codecs.schema(Port);
    expectTypeOf(codec).toEqualTypeOf<Codec<number, string>>();
    const stored = codec.encode('2379');
    expect(stored).toEqual(text('"2379"'));
    expect(codec.decode(stored)).toBe(2379);
  });

  it('refuses a validator that answers later, also if that fails', () => {
    for (const answer of [Promise.resolve({ value: 1 }), Promise.reject(new Error('late'))]) {
      const later: StandardSchema = {
        '~standard': { version: 1, vendor: 'test', validate: () => answer },
      };
      expect(() => codecs.schema(later).encode(1)).toThrow(InvalidArgumentError);
    }
    const refined = codecs.schema(z.string().refine(async () => true));
    expect(() => refined.encode('a')).toThrow(TypeError);
  });

  it('takes validators that are functions, and issues with keys as objects', () => {
    const callable = Object.assign(() => {}, {
      '~standard': {
        version: 1,
        vendor: 'callable',
        validate: (): { issues: [{ message: string; path: [{ key: string }, symbol] }] } => ({
          issues: [{ message: 'no', path: [{ key: 'a' }, Symbol.for('b')] }],
        }),
      },
    } as const);
    expect(() => codecs.schema(callable).encode(1)).toThrow('callable: a.Symbol(b): no');
  });

  it('must be a Standard Schema', () => {
    for (const wrong of [undefined, null, {}, { '~standard': { version: 2 } }, 'zod']) {
      expect(() => codecs.schema(wrong as never)).toThrow(/^schema: got/);
    }
  });
});

describe('a codec', () => {
  it('needs encode and decode', () => {
    expect(() => checkCodec(codecs.utf8)).not.toThrow();
    for (const wrong of [undefined, null, 'utf8', {}, { encode: () => new Uint8Array(0) }]) {
      expect(() => checkCodec(wrong as never)).toThrow(/^codec: got .*; a codec: an object with/);
    }
  });
});

describe('a value that its codec does not write', () => {
  it('is an invalid argument, with the error of the codec beneath', () => {
    const attempt = (): unknown => encodeValue(codecs.utf8, 5 as never, 'k');
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(
      'value: got a number; the codec utf8 refuses it for the key "k": a string is needed, not a number',
    );
    expect(attempt).toThrow(
      expect.objectContaining({ argument: 'value', cause: expect.any(TypeError) }),
    );
  });

  it('is one too when a codec of the user makes no bytes of it, or throws what is no error', () => {
    const strings = { name: 'mine', encode: () => 'text', decode: () => '' };
    expect(() => encodeValue(strings as never, 'a' as never, 'k')).toThrow(
      'value: got a string; the codec mine made a string of it for the key "k", not a Uint8Array',
    );
    const thrower: Codec<string> = {
      name: 'thrower',
      encode: () => {
        // biome-ignore lint/style/useThrowOnlyError: a codec of the user may do just this
        throw 'a string';
      },
      decode: () => '',
    };
    expect(() => encodeValue(thrower, 'a', 'k')).toThrow(
      'the codec thrower refuses it for the key "k": a string',
    );
  });

  it('may be bytes of any class', () => {
    expect(encodeValue(codecs.bytes, Buffer.from('a'), 'k')).toEqual(Buffer.from('a'));
  });
});

describe('a record that its codec does not read', () => {
  it('is a DecodeError that names the key', () => {
    const attempt = (): unknown =>
      decodeValue(codecs.utf8, notUtf8, { key: 'users/1', keyBytes: text('users/1') });
    expect(attempt).toThrow(DecodeError);
    expect(attempt).toThrow('the value of "users/1" is not valid for the codec utf8');
    expect(attempt).toThrow(
      expect.objectContaining({ key: 'users/1', code: 'DECODE', cause: expect.any(TypeError) }),
    );
    const unreadable = {
      get key(): string {
        throw new Error('not UTF-8');
      },
      keyBytes: Uint8Array.of(1, 255),
    };
    expect(() => decodeValue(codecs.utf8, notUtf8, unreadable)).toThrow('the value of 0x01ff');
  });

  it('is no DecodeError when the codec itself cannot work', () => {
    const later = codecs.schema(z.string().refine(async () => true));
    expect(() => decodeValue(later, text('"a"'), { key: 'k', keyBytes: text('k') })).toThrow(
      InvalidArgumentError,
    );
  });

  it('may have a key that is no string', () => {
    expect(decodeKey(text('a/ü'))).toBe('a/ü');
    const attempt = (): unknown => decodeKey(notUtf8);
    expect(attempt).toThrow(DecodeError);
    expect(attempt).toThrow('the key 0x61ff is not valid UTF-8: read keyBytes instead');
  });
});
