import { decodeUtf8, isBytes, toHex } from '../internal/bytes.js';

/** Longer texts are cut in messages: a message is for reading. */
const LONGEST_SHOWN_TEXT = 80;

/** The kind of a promise, where a value was needed. */
export const A_PROMISE = 'a promise';

/** Text that stands in a message as it is. Made where it is known that it tells no secret. */
export class Described {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text, if the value is one that is described. Never looks at what else the value is. */
  static textOf(value: unknown): string | undefined {
    return typeof value === 'object' && value !== null && #text in value ? value.#text : undefined;
  }
}

/**
 * Describes a refused value for a message: short, never failing, and never with a text in it.
 *
 * A refused text may be a secret that was put in the wrong place, and errors are logged. So a string is
 * told by its kind alone. Numbers, bigints and booleans are shown.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    default:
      return Described.textOf(value) ?? describeKind(value);
  }
}

/** Describes the kind of a value that may be a secret whatever its type is: `a number`. */
export function describeKind(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return value === '' ? 'an empty string' : 'a string';
    case 'object':
      try {
        return describeObject(value);
      } catch {
        // A proxy, or a class, that throws where it is looked at.
        return 'an object';
      }
    default:
      return `a ${typeof value}`;
  }
}

function describeObject(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  // A prototype that is an object of the caller's may have any `constructor`.
  const maker: unknown = Object.getPrototypeOf(value)?.constructor;
  const className = typeof maker === 'function' ? maker.name : undefined;
  if (className === 'Promise') return A_PROMISE;
  return typeof className === 'string' && className !== 'Object'
    ? `an instance of ${className}`
    : 'an object';
}

/** A text that is described, not shown: `described('a key without its certificate')`. */
export function described(text: string): Described {
  return new Described(text);
}

/** The kind alone, for an argument that holds secrets or the caller's data. */
export function hide(value: unknown): Described {
  return new Described(describeKind(value));
}

/**
 * A value that is shown in quotes if it is a string. Only for arguments that take one of a few words,
 * a version, or a name: nobody puts a secret there.
 */
export function showWord(value: unknown): Described {
  return new Described(typeof value === 'string' ? quoted(value) : describeValue(value));
}

/** An address that is shown in quotes, without the user and the password that it may contain. */
export function showAddress(value: unknown): Described {
  return new Described(
    typeof value === 'string' ? quoted(redactAddress(value)) : describeValue(value),
  );
}

/** The end of a host, a port and a path: whatever follows may be a secret. */
const END_OF_ADDRESS = /([?#;=%\\\s])[\s\S]+$/;
/** A port that is no number, of the first host or of one behind a comma. */
const NO_PORT = /(^|,)([^,/:[\]]*|\[[^\],/]*\]):(?!\d+(?:[,/]|$))[^,/]+/g;
/** An address of IP version 6 without its brackets. */
const BARE_IPV6 = /^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*$/i;

/**
 * Replaces what may be secret in an address: everything between the scheme and the last `@`, a port that
 * is no number, and what comes behind the path.
 */
export function redactAddress(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([\s\S]*)$/i.exec(text) ?? [];
  const at = rest.lastIndexOf('@');
  const visible = at < 0 ? rest : `***@${rest.slice(at + 1)}`;
  const address = visible.trim().replace(END_OF_ADDRESS, '$1***');
  return scheme + (BARE_IPV6.test(address) ? address : address.replace(NO_PORT, '$1$2:***'));
}

/** A key in a message: its characters in quotes, or its bytes in hex. Keys are no secrets. */
export function describeKey(key: string | Uint8Array): string {
  if (typeof key === 'string') return quoted(key);
  return isBytes(key) ? `0x${toHex(key)}` : describeValue(key);
}

/** A key as servers have it: its characters if it has some, else its bytes. */
export function describeStoredKey(key: Uint8Array): string {
  return describeKey(textOfKey(key));
}

/** The characters of a key, or its bytes where they are no text. */
export function textOfKey(key: Uint8Array): string | Uint8Array {
  try {
    return decodeUtf8(key);
  } catch {
    return key;
  }
}

/** A lease in a message: its id as `etcdctl` takes it, in hex, and as the API has it. */
export function describeLease(id: bigint): string {
  return `${BigInt.asUintN(64, id).toString(16)} (${id}n)`;
}

function quoted(text: string): string {
  return JSON.stringify(
    text.length > LONGEST_SHOWN_TEXT ? `${text.slice(0, LONGEST_SHOWN_TEXT)}…` : text,
  );
}
