import { printable, withJson } from '../../internal/printable.js';
import { readCallOptions, type WriteOptions, writeCallOptions } from '../../model/call-options.js';
import type { Keyspace } from '../../model/keys/index.js';
import { auth } from '../../rpc/services.js';
import type { CallOptions } from '../../transport/transport.js';
import type { AdminTransport } from '../admin-transport.js';
import { Roles } from './roles.js';
import { Users } from './users.js';

/** True if the cluster asks who its clients are. */
export interface AuthStatus {
  /** True when authentication is on. */
  readonly enabled: boolean;
  /** Grows with each change of users, roles and permissions. */
  readonly revision: bigint;
}

/**
 * Authentication, users and roles of the cluster: `etcd.auth`.
 *
 * Every change here makes the tokens of before old; a client with a user name and a password gets
 * another by itself.
 *
 * @example
 * await etcd.auth.roles.add('app');
 * await etcd.auth.roles.grantPermission('app', 'readwrite', etcd.prefix('app/'));
 * await etcd.auth.users.add('alice', 'secret');
 * await etcd.auth.users.grantRole('alice', 'app');
 */
export class Auth {
  static {
    printable(Auth, 'Auth', (auth) => ({ endpoints: auth.#transport.endpoints }));
  }

  /** The users, who sign in with a name. */
  readonly users: Users;
  /** The roles: permissions on keys. */
  readonly roles: Roles;
  readonly #transport: AdminTransport;

  /** @param keyspace where the keys live that permissions are granted for */
  constructor(transport: AdminTransport, keyspace: Keyspace) {
    this.#transport = transport;
    this.users = new Users(transport);
    this.roles = new Roles(transport, keyspace);
  }

  /**
   * Switches authentication on. There must be a user `root` with the role `root`, or nobody could
   * switch it off again.
   *
   * @throws EtcdError `ROOT_USER_MISSING`, `ROOT_ROLE_MISSING`
   */
  async enable(options?: WriteOptions): Promise<void> {
    await this.#transport.unary(auth.authEnable, {}, writeCallOptions(options));
  }

  /** Switches authentication off: from now on everybody may do everything. */
  async disable(options?: WriteOptions): Promise<void> {
    await this.#transport.unary(auth.authDisable, {}, writeCallOptions(options));
  }

  /**
   * Returns whether authentication is on. Before etcd 3.5 servers do not tell.
   *
   * @throws EtcdError `UNIMPLEMENTED` by etcd 3.4
   */
  async status(options?: CallOptions): Promise<AuthStatus> {
    const call = readCallOptions(options);
    const { enabled, authRevision } = await this.#transport.unary(auth.authStatus, {}, call);
    return withJson({ enabled, revision: authRevision });
  }
}
