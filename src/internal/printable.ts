import { inspect } from 'node:util';
import { decodeUtf8, isBytes, toHex } from './bytes.js';

/** The name under which Node, Deno and Bun ask an object for what `console.log` shows of it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** `util.inspect`, as the runtime hands it over. */
type Inspect = (value: unknown, options: object) => string;

/** Characters of a text that the console shows, unless the caller of `util.inspect` has chosen. */
const MAX_SHOWN_CHARACTERS = 200;

/**
 * Gives the objects of a class a form for people. `console.log` shows the name and the fields, without
 * those that are `undefined`, and cuts long texts. `JSON.stringify` writes the fields as `toJson` does,
 * unless the class has a `toJSON` of its own.
 *
 * Fields must never hold a secret, nor a value that is to be put: see `sizeOf`.
 *
 * @param name of the class; bundlers change that of the function
 */
export function printable<T extends object>(
  type: { readonly prototype: T },
  name: string,
  fields: (object: T) => object,
): void {
  const { prototype } = type;
  show(prototype, name, (object) => (object === prototype ? undefined : fields(object as T)));
}

/** Gives one object the form that `printable` gives to those of a class. */
export function showAs<T extends object>(object: T, name: string, fields: object): T {
  show(object, name, () => fields);
  return object;
}

/** @param fields of an object; `undefined` for a prototype, which has none */
function show(target: object, name: string, fields: (object: object) => object | undefined): void {
  Object.defineProperty(target, INSPECT, {
    value(this: object, depth: number | null, options: object, print?: Inspect): unknown {
      const all = fields(this);
      if (all === undefined) return name;
      if (depth !== null && depth < 0) return `[${name}]`;
      const shown = withoutUndefined(all);
      if (print === undefined) return shown;
      return `${name} ${print(shown, { ...options, ...cutsOf(options), depth })}`;
    },
  });
  if (Object.hasOwn(target, 'toJSON')) return;
  Object.defineProperty(target, 'toJSON', {
    value(this: object): unknown {
      return plainJson(fields(this) ?? {});
    },
  });
}

/** Returns the length at which texts are cut: the caller's choice, or shorter than Node would. */
function cutsOf({ maxStringLength }: { readonly maxStringLength?: number | null }): object {
  const chosen = maxStringLength !== inspect.defaultOptions.maxStringLength;
  return chosen ? {} : { maxStringLength: MAX_SHOWN_CHARACTERS };
}

/**
 * Lets `JSON.stringify` write a plain result, an array or a map: see `toJson`. Copies and comparisons do
 * not see the method.
 */
export function withJson<T extends object>(result: T): T {
  return Object.defineProperty(result, 'toJSON', { value: ownToJson });
}

function ownToJson(this: object): unknown {
  return plainJson(this);
}

/** Does what `withJson` does, and writes a field that is `undefined` as `null`: readers find every field. */
export function withWholeJson<T extends object>(result: T): T {
  return Object.defineProperty(result, 'toJSON', { value: ownToWholeJson });
}

function ownToWholeJson(this: object): unknown {
  return plainJson(this, null);
}

/**
 * A value that `JSON.stringify` can write: bigints become decimal strings, bytes become hex, and a map
 * becomes an object. An object with a `toJSON` of its own is left to it.
 *
 * @param absent stands for `undefined`. Default: such fields are left out
 */
export function toJson(value: unknown, absent?: null): unknown {
  if (value === undefined) return absent;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (isBytes(value)) return toHex(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  return plainJson(value, absent);
}

/** The form of an object, whether it has a `toJSON` or not. */
function plainJson(value: object, absent?: null): unknown {
  if (Array.isArray(value)) return value.map((item) => toJson(item, absent));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, field]) => [name, toJson(field, absent)]));
}

/** Bytes for people: as text where they are text, else in hex. */
export function toText(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return `0x${toHex(bytes)}`;
  }
}

/** Size of a value that is to be written or compared: the value itself may be a secret. */
export function sizeOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes`;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/**
 * Gives an object what `read` answers as a property of its own, which copies and comparisons see. Where
 * `read` throws, the property throws when it is read.
 */
export function ownText<Name extends string>(
  object: { readonly [Key in Name]: unknown },
  name: Name,
  read: () => unknown,
): void {
  const property: PropertyDescriptor = { enumerable: true };
  try {
    property.value = read();
  } catch {
    property.get = read;
  }
  Object.defineProperty(object, name, property);
}
