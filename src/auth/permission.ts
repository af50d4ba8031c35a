import { decodeKey } from '../codec/index.js';
import { decodeUtf8, equalBytes, toHex } from '../internal/bytes.js';
import { allKeys, isSingleKey, isUnboundedEnd, type KeyRange, prefixEnd } from '../keys/index.js';
import type { PermissionType, Permission as RawPermission } from '../rpc/generated/types.js';

/** What a role may do with keys. */
export type Permission = 'read' | 'write' | 'readwrite';

/**
 * Which keys a permission is for: one key, those that begin with it, those from it up to an end, those
 * from it on, or all. A range that ends where a prefix would end is told as that prefix: they are the
 * same keys.
 */
export type PermissionScope = 'key' | 'prefix' | 'range' | 'fromKey' | 'all';

/** A permission of a role as it is read. Keys are as they are in the store, whatever the namespace of the client. */
export interface KeyPermission {
  /** `unrecognized` is a kind that is newer than this library. */
  readonly permission: Permission | 'unrecognized';
  readonly scope: PermissionScope;
  /** The key, the prefix or where the range begins; empty for all. Throws `DecodeError` when it is not UTF-8. */
  readonly key: string;
  /** Where a range ends, itself left out; for the other scopes `undefined`. Throws `DecodeError` when it is not UTF-8. */
  readonly end: string | undefined;
  /** The first key, as the protocol has it. */
  readonly keyBytes: Uint8Array;
  /** The end, as the protocol has it: empty for one key, one zero byte for no end. */
  readonly rangeEndBytes: Uint8Array;
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
  readonly scope: PermissionScope;
  readonly keyBytes: Uint8Array;
  readonly rangeEndBytes: Uint8Array;

  constructor(raw: RawPermission) {
    this.permission = permissionOf(raw);
    this.scope = scopeOf(raw);
    this.keyBytes = raw.key;
    this.rangeEndBytes = raw.rangeEnd;
  }

  get key(): string {
    return this.scope === 'all' ? '' : decodeKey(this.keyBytes);
  }

  get end(): string | undefined {
    return this.scope === 'range' ? decodeKey(this.rangeEndBytes) : undefined;
  }

  toJSON(): Record<string, unknown> {
    const { permission, scope, keyBytes, rangeEndBytes } = this;
    return {
      permission,
      scope,
      key: scope === 'all' ? '' : readable(keyBytes),
      ...(scope === 'range' ? { end: readable(rangeEndBytes) } : {}),
    };
  }
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

function scopeOf(range: KeyRange): PermissionScope {
  const { key, rangeEnd } = range;
  if (isSingleKey(range)) return 'key';
  if (isUnboundedEnd(rangeEnd)) return equalBytes(key, allKeys().key) ? 'all' : 'fromKey';
  return equalBytes(rangeEnd, prefixEnd(key)) ? 'prefix' : 'range';
}

function readable(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return `0x${toHex(bytes)}`;
  }
}
