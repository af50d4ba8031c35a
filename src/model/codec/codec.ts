import { invalidArgument } from '../../errors/index.js';

/**
 * A pair of synchronous functions: values to bytes, and bytes to values.
 *
 * A codec throws any error it likes: writing then rejects with an `InvalidArgumentError`, reading
 * throws a `DecodeError` that names the key, and the codec's error is the `cause`.
 *
 * @typeParam Out what reading yields
 * @typeParam In what writing takes; most often the same
 *
 * @example
 * const numbers: Codec<number> = {
 *   name: 'numbers',
 *   encode: (value) => new TextEncoder().encode(String(value)),
 *   decode: (bytes) => Number(new TextDecoder().decode(bytes)),
 * };
 */
export interface Codec<Out, In = Out> {
  /** The name in error messages. Default: `custom`. */
  readonly name?: string | undefined;
  /**
   * The bytes to store. Throws if the value is not one that this codec writes. May be a method; it is typed
   * as a function because the compiler does not check what methods take.
   */
  readonly encode: (value: In) => Uint8Array;
  /** The value that the bytes stand for. Throws if they are not valid. */
  readonly decode: (bytes: Uint8Array) => Out;
}

/**
 * Checks that something is a codec.
 *
 * @throws InvalidArgumentError if it is not
 */
export function checkCodec(codec: unknown): asserts codec is Codec<unknown, never> {
  const { encode, decode } = (codec ?? {}) as Partial<Codec<never, never>>;
  if (typeof encode === 'function' && typeof decode === 'function') return;
  const allowed = 'a codec: an object with encode and decode';
  const call = typeof codec === 'function' ? '; is it to be called, as in codecs.json()?' : '';
  throw invalidArgument('codec', codec, allowed + call);
}
