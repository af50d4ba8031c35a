import { toText } from '../internal/printable.js';
import type { Codec } from './codec/index.js';
import type { Keyspace } from './keys/index.js';

/** The meaning of bytes: the namespace of keys and the codec of values. */
export interface Space<Out, In = Out> {
  readonly keyspace: Keyspace;
  readonly codec: Codec<Out, In>;
}

/** A space for people. */
export function showSpace({ keyspace, codec }: Space<unknown, never>): object {
  return { namespace: toText(keyspace.prefixBytes), codec: codec.name ?? 'custom' };
}
