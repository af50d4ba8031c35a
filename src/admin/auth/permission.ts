import { ownText, printable, toText } from '../../internal/printable.js';
import { decodeKey } from '../../model/codec/index.js';
import { type RangeScope, scopeOf } from '../../model/keys/index.js';
import type { PermissionType, Permission as RawPermission } from '../../rpc/generated/types.js';

/** The right of a role on keys. */
export type Permission = 'read' | 'write' | 'readwrite';

/**
 * The keys that a permission is for: one key, those that begin with it, those from it up to an end, those
 * from it on, or all. A range that ends where a prefix would end is told as that prefix: they are the
 * same keys.
 */
export type PermissionScope = RangeScope;

/**
 * A permission of a role as it is read. Keys are as they are in the store, whatever the namespace of the
 * client. Copies and comparisons have all of it but the bytes.
 */
// A class for the compiler alone: of a copy, it then knows the fields and neither accessors nor methods.
export declare abstract class KeyPermission {
  /** `unrecognized` is a kind that is newer than this library. */
  readonly permission: Permission | 'unrecognized';
  /** The form of the keys: one key, a prefix, a range, from a key on, or all. */
  readonly scope: PermissionScope;
  /** The key, the prefix or where the range begins; empty for all. Throws `DecodeError` when it is not UTF-8. */
  readonly key: string;
  /** The end of a range, itself left out; for the other scopes `undefined`. Throws `DecodeError` when it is not UTF-8. */
  readonly end: string | undefined;
  /** The first key, as the protocol has it. */
  get keyBytes(): Uint8Array;
  /** The end, as the protocol has it: empty for one key, one zero byte for no end. */
  get rangeEndBytes(): Uint8Array;
  /** A form that can be logged: bytes that are not UTF-8 in hex. */
  toJSON(): Record<string, unknown>;
}

const PERMISSION_TYPES: Readonly<Record<Permission, PermissionType>> = {
  read: 'READ',
  write: 'WRITE',
  readwrite: 'READWRITE',
};

/** The permissions there are. */
export const PERMISSIONS: readonly string[] = Object.keys(PERMISSION_TYPES);

/** The permission as the wire calls it. */
export function permissionType(permission: Permission): PermissionType {
  return PERMISSION_TYPES[permission];
}

class KeyPermissionRecord implements KeyPermission {
  readonly permission: Permission | 'unrecognized';
  /** The form of the keys: one key, a prefix, a range, from a key on, or all. */
  readonly scope: PermissionScope;
  declare readonly key: string;
  declare readonly end: string | undefined;
  readonly #raw: RawPermission;

  constructor(raw: RawPermission) {
    this.#raw = raw;
    this.permission = permissionOf(raw);
    this.scope = scopeOf(raw);
    ownText(this, 'key', () => (this.scope === 'all' ? '' : decodeKey(raw.key)));
    ownText(this, 'end', () => (this.scope === 'range' ? decodeKey(raw.rangeEnd) : undefined));
  }

  get keyBytes(): Uint8Array {
    return this.#raw.key;
  }

  get rangeEndBytes(): Uint8Array {
    return this.#raw.rangeEnd;
  }

  toJSON(): Record<string, unknown> {
    return { ...fieldsOf(this) };
  }
}

printable(KeyPermissionRecord, 'KeyPermission', fieldsOf);

function fieldsOf({ permission, scope, keyBytes, rangeEndBytes }: KeyPermission): object {
  const key = scope === 'all' ? '' : toText(keyBytes);
  return { permission, scope, key, ...(scope === 'range' ? { end: toText(rangeEndBytes) } : {}) };
}

/** Reads a permission. */
export function readPermission(raw: RawPermission): KeyPermission {
  return new KeyPermissionRecord(raw);
}

function permissionOf({ permType }: RawPermission): Permission | 'unrecognized' {
  switch (permType) {
    case 'READ':
      return 'read';
    case 'WRITE':
      return 'write';
    case 'READWRITE':
      return 'readwrite';
    default:
      return 'unrecognized';
  }
}
