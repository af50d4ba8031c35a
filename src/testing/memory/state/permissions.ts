import type { Permission } from '../../../rpc/generated/types.js';
import { binaryKey, isWithin, type KeyBounds, keyBounds } from '../store/binary-key.js';

/** A permission of a role, with the keys it is for. */
export interface Grant {
  readonly permission: Permission;
  readonly bounds: KeyBounds;
}

/** Reads the permission of a request. */
export function grantOf(permission: Permission): Grant {
  return { permission, bounds: keyBounds(permission.key, permission.rangeEnd) };
}

/** Returns whether the range of a permission can be granted. */
export function isValidRange({ key, rangeEnd }: Pick<Permission, 'key' | 'rangeEnd'>): boolean {
  if (key.length === 0) return false;
  if (rangeEnd.length === 0) return true;
  const { from, to } = keyBounds(key, rangeEnd);
  return to === undefined || from < to;
}

/** Returns whether grants together cover all of the bounds. */
export function cover(grants: readonly Grant[], bounds: KeyBounds): boolean {
  if (bounds.single) return grants.some((grant) => isWithin(bounds.from, grant.bounds));
  const sorted = grants
    .map((grant) => grant.bounds)
    .sort((a, b) => (a.from < b.from ? -1 : Number(a.from > b.from)));
  let reached = bounds.from;
  for (const { from, to } of sorted) {
    if (from > reached) return false;
    if (to === undefined) return true;
    if (to > reached) reached = to;
    if (bounds.to !== undefined && reached >= bounds.to) return true;
  }
  return false;
}

/** Returns whether a permission allows reading, or writing. */
export function allows({ permType }: Permission, access: 'READ' | 'WRITE'): boolean {
  return permType === 'READWRITE' || permType === access;
}

/** Returns whether two permissions are for the same keys. */
export function isSameRange(a: Pick<Permission, 'key' | 'rangeEnd'>, b: typeof a): boolean {
  return binaryKey(a.key) === binaryKey(b.key) && binaryKey(a.rangeEnd) === binaryKey(b.rangeEnd);
}
