import type { Codec } from '../codec/index.js';
import { toText } from '../internal/printable.js';
import type { Keyspace } from '../keys/index.js';

/** What gives bytes their meaning: where keys live, and how values are written and read. */
export interface Space<Out, In = Out> {
  readonly keyspace: Keyspace;
  readonly codec: Codec<Out, In>;
}

/** A space for people. */
export function showSpace({ keyspace, codec }: Space<unknown, never>): object {
  return { namespace: toText(keyspace.prefixBytes), codec: codec.name ?? 'custom' };
}
