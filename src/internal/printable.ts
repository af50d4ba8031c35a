import { decodeUtf8, isBytes, toHex } from './bytes.js';

/** The name under which Node, Deno and Bun ask an object for what `console.log` shows of it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** `util.inspect`, as the runtime hands it over. */
type Inspect = (value: unknown, options: object) => string;

/**
 * Gives the objects of a class a form for people. `console.log` shows the name and the fields, without
 * those that are `undefined`. `JSON.stringify` writes the fields as `toJson` does, unless the class has
 * a `toJSON` of its own.
 *
 * Fields must never hold a secret.
 *
 * @param name of the class; bundlers change that of the function
 */
export function printable<T extends object>(
  type: { readonly prototype: T },
  name: string,
  fields: (object: T) => object,
): void {
  const { prototype } = type;
  Object.defineProperty(prototype, INSPECT, {
    value(this: T, depth: number | null, options: object, inspect: Inspect | undefined): unknown {
      if (this === prototype) return name;
      if (depth !== null && depth < 0) return `[${name}]`;
      const shown = withoutUndefined(fields(this));
      return inspect === undefined ? shown : `${name} ${inspect(shown, { ...options, depth })}`;
    },
  });
  if (Object.hasOwn(prototype, 'toJSON')) return;
  Object.defineProperty(prototype, 'toJSON', {
    value(this: T): unknown {
      return toJson(fields(this));
    },
  });
}

/**
 * Lets `JSON.stringify` write a plain result: see `toJson`. Copies and comparisons do not see the
 * method.
 */
export function withJson<T extends object>(result: T): T {
  return Object.defineProperty(result, 'toJSON', { value: ownToJson });
}

function ownToJson(this: object): unknown {
  return toJson({ ...this });
}

/**
 * A value that `JSON.stringify` can write: bigints become decimal strings, bytes become hex, and a map
 * becomes an object. An object with a `toJSON` of its own is left to it.
 */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (isBytes(value)) return toHex(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  if (Array.isArray(value)) return value.map(toJson);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, field]) => [name, toJson(field)]));
}

/** A request for people: bytes are shown as text where they are text, and what is `undefined` is left out. */
export function toText(value: unknown): unknown {
  if (isBytes(value)) {
    try {
      return decodeUtf8(value);
    } catch {
      return `0x${toHex(value)}`;
    }
  }
  if (Array.isArray(value)) return value.map(toText);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, toText(field)]));
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
