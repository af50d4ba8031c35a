/** Bytes that a field counts in a table beside its name and its value (RFC 7541, 4.1). */
const OVERHEAD_BYTES = 32;

/** A name of a field. Capital letters are not allowed in HTTP/2; a colon may stand at the beginning alone. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

/** A header field, as Latin-1. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** Bytes that it counts in a table and in a list. */
  readonly size: number;
  /** True if it is written as HTTP/2 wants it. */
  readonly wellFormed: boolean;
}

/** Makes a field. It is looked at once here, however often a table hands it out. */
export function makeField(name: string, value: string): Field {
  return {
    name,
    value,
    size: name.length + value.length + OVERHEAD_BYTES,
    wellFormed: NAME.test(name) && !FORBIDDEN_IN_VALUE.test(value),
  };
}
