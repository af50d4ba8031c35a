import { printable } from '../../internal/printable.js';
import { readCallOptions, type WriteOptions, writeCallOptions } from '../../model/call-options.js';
import { auth } from '../../rpc/services.js';
import type { CallOptions } from '../../transport/transport.js';
import type { AdminTransport } from '../admin-transport.js';
import { checkName, checkPassword } from './name.js';

/** A user and what it may do. */
export interface User {
  /** The name of the user. */
  readonly name: string;
  /** The names of its roles. */
  readonly roles: readonly string[];
}

/** The users of the cluster: `etcd.auth.users`. */
export class Users {
  static {
    printable(Users, 'Users', (users) => ({ endpoints: users.#transport.endpoints }));
  }

  readonly #transport: AdminTransport;

  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  /**
   * Adds a user that signs in with a password.
   *
   * @throws EtcdError `USER_EXISTS`
   */
  add(name: string, password: string, options?: WriteOptions): Promise<void> {
    return this.#withPassword(auth.userAdd, name, password, options);
  }

  /**
   * Adds a user without a password: it signs in with a client certificate whose common name is its
   * name, at servers that ask for such certificates (`--client-cert-auth`).
   *
   * @throws EtcdError `USER_EXISTS`
   */
  async addWithoutPassword(name: string, options?: WriteOptions): Promise<void> {
    const call = { ...writeCallOptions(options), operation: 'auth.users.addWithoutPassword' };
    checkName('name', name);
    await this.#transport.unary(auth.userAdd, { name, options: { noPassword: true } }, call);
  }

  /**
   * Reads a user and its roles.
   *
   * @throws EtcdError `USER_NOT_FOUND`
   */
  async get(name: string, options?: CallOptions): Promise<User> {
    const call = readCallOptions(options);
    checkName('name', name);
    const { roles } = await this.#transport.unary(auth.userGet, { name }, call);
    return { name, roles };
  }

  /** The names of all users. */
  async list(options?: CallOptions): Promise<readonly string[]> {
    const { users } = await this.#transport.unary(auth.userList, {}, readCallOptions(options));
    return users;
  }

  /**
   * Deletes a user.
   *
   * @throws EtcdError `USER_NOT_FOUND`; `INVALID_AUTH_MANAGEMENT` for root while authentication is on
   */
  async delete(name: string, options?: WriteOptions): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    await this.#transport.unary(auth.userDelete, { name }, call);
  }

  /**
   * Gives a user another password.
   *
   * @throws EtcdError `USER_NOT_FOUND`
   */
  changePassword(name: string, password: string, options?: WriteOptions): Promise<void> {
    return this.#withPassword(auth.userChangePassword, name, password, options);
  }

  /**
   * Gives a user what a role may do. A role it has already is no error.
   *
   * @throws EtcdError `USER_NOT_FOUND`, `ROLE_NOT_FOUND`
   */
  async grantRole(name: string, role: string, options?: WriteOptions): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    checkName('role', role);
    await this.#transport.unary(auth.userGrantRole, { user: name, role }, call);
  }

  /**
   * Takes a role from a user.
   *
   * @throws EtcdError `USER_NOT_FOUND`, `ROLE_NOT_GRANTED`
   */
  async revokeRole(name: string, role: string, options?: WriteOptions): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    checkName('role', role);
    await this.#transport.unary(auth.userRevokeRole, { name, role }, call);
  }

  async #withPassword(
    method: typeof auth.userAdd | typeof auth.userChangePassword,
    name: string,
    password: string,
    options: WriteOptions | undefined,
  ): Promise<void> {
    const call = writeCallOptions(options);
    checkName('name', name);
    checkPassword(password);
    await this.#transport.unary<{ name: string; password: string }, unknown>(
      method,
      { name, password },
      call,
    );
  }
}
