import { json } from './json.js';
import { bytes, utf8 } from './plain.js';
import { schema } from './schema.js';

export { type Codec, checkCodec } from './codec.js';
export { SchemaError } from './schema.js';
export type { StandardSchema, StandardSchemaIssue } from './standard-schema.js';
export { decodeKey, decodeValue, encodeValue } from './values.js';

/**
 * The codecs that come with the library.
 *
 * - `utf8`: strings; the default
 * - `bytes`: `Uint8Array` as it is
 * - `json<T>()`: JSON; its shape is not checked
 * - `schema(validator)`: JSON; its shape is checked when it is written and read
 */
export const codecs: {
  /** Strings as UTF-8: the default. */
  readonly utf8: typeof utf8;
  /** The bytes as they are. */
  readonly bytes: typeof bytes;
  /** JSON of a type that is not checked. */
  readonly json: typeof json;
  /** JSON that a Standard Schema validator checks. */
  readonly schema: typeof schema;
} = { utf8, bytes, json, schema };
