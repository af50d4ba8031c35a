import { invalidArgument, showWord } from '../../errors/index.js';
import { printable } from '../../internal/printable.js';
import { bareRange, isSelected, type Selected, selectionState } from '../../kv/index.js';
import { readCallOptions, type WriteOptions, writeCallOptions } from '../../model/call-options.js';
import type { Key, KeyRange, Keyspace } from '../../model/keys/index.js';
import { auth } from '../../rpc/services.js';
import type { CallOptions } from '../../transport/transport.js';
import type { AdminTransport } from '../admin-transport.js';
import { checkName } from './name.js';
import {
  type KeyPermission,
  PERMISSIONS,
  type Permission,
  permissionType,
  readPermission,
} from './permission.js';

/** The target of a permission: a key of the client, or the keys of a selection of any view. */
export type Grantable = Key | Selected<unknown, never>;

/** A role and what it may do. */
export interface Role {
  /** The name of the role. */
  readonly name: string;
  /** The permissions of the role, in the server's order. */
  readonly permissions: readonly KeyPermission[];
}

/**
 * The roles of the cluster: `etcd.auth.roles`.
 *
 * Keys and selections are those of the client: within its namespace if it has one. What is read back
 * is told in the keys of the store.
 */
export class Roles {
  static {
    printable(Roles, 'Roles', (roles) => ({ endpoints: roles.#transport.endpoints }));
  }

  readonly #transport: AdminTransport;
  readonly #keyspace: Keyspace;

  constructor(transport: AdminTransport, keyspace: Keyspace) {
    this.#transport = transport;
    this.#keyspace = keyspace;
  }

  /**
   * Adds a role, which may do nothing yet.
   *
   * @throws EtcdError `ROLE_EXISTS`
   */
  async add(name: string, options?: WriteOptions): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    await this.#transport.unary(auth.roleAdd, { name }, call);
  }

  /**
   * Reads a role and its permissions.
   *
   * @throws EtcdError `ROLE_NOT_FOUND`
   */
  async get(name: string, options?: CallOptions): Promise<Role> {
    const call = readCallOptions(options);
    checkName('name', name);
    const { perm } = await this.#transport.unary(auth.roleGet, { role: name }, call);
    return { name, permissions: perm.map(readPermission) };
  }

  /** The names of all roles. */
  async list(options?: CallOptions): Promise<readonly string[]> {
    const { roles } = await this.#transport.unary(auth.roleList, {}, readCallOptions(options));
    return roles;
  }

  /**
   * Deletes a role; users who had it lose it.
   *
   * @throws EtcdError `ROLE_NOT_FOUND`; `INVALID_AUTH_MANAGEMENT` for root while authentication is on
   */
  async delete(name: string, options?: WriteOptions): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    await this.#transport.unary(auth.roleDelete, { role: name }, call);
  }

  /**
   * Lets a role read, write or do both with keys. For the same keys it replaces what was granted
   * before.
   *
   * @example
   * await etcd.auth.roles.grantPermission('app', 'readwrite', etcd.prefix('app/'));
   *
   * @throws EtcdError `ROLE_NOT_FOUND`
   */
  async grantPermission(
    role: string,
    permission: Permission,
    keys: Grantable,
    options?: WriteOptions,
  ): Promise<void> {
    const call = writeCallOptions(options);
    checkName('role', role);
    if (!PERMISSIONS.includes(permission)) {
      throw invalidArgument(
        'permission',
        showWord(permission),
        `allowed are ${PERMISSIONS.join(', ')}`,
      );
    }
    const perm = { permType: permissionType(permission), ...this.#range(keys) };
    await this.#transport.unary(auth.roleGrantPermission, { name: role, perm }, call);
  }

  /**
   * Takes a permission away. It goes as it came: a part of what was granted cannot be taken out.
   *
   * @param keys what it was granted for, or the permission as `get` read it
   * @throws EtcdError `ROLE_NOT_FOUND`, `PERMISSION_NOT_GRANTED`
   */
  async revokePermission(
    role: string,
    keys: Grantable | KeyPermission,
    options?: WriteOptions,
  ): Promise<void> {
    const call = writeCallOptions(options);
    checkName('role', role);
    const range = isPermission(keys)
      ? { key: keys.keyBytes, rangeEnd: keys.rangeEndBytes }
      : this.#range(keys);
    await this.#transport.unary(auth.roleRevokePermission, { role, ...range }, call);
  }

  #range(keys: Grantable): KeyRange {
    if (!isSelected(keys)) return this.#keyspace.single(keys, 'keys');
    return bareRange(selectionState(keys).spec, 'a permission');
  }
}

/** Known by its shape: both builds of the package may be loaded. */
function isPermission(keys: Grantable | KeyPermission): keys is KeyPermission {
  return typeof keys === 'object' && keys !== null && 'rangeEndBytes' in keys;
}
