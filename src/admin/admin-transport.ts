import type { Method } from '../rpc/method.js';
import { auth, cluster, maintenance } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import { TransportLayer } from '../transport/transport-layer.js';

/** Methods of the user whose names do not follow from their RPC. */
const OPERATIONS: Readonly<Record<string, string>> = {
  [cluster.memberAdd.name]: 'cluster.add',
  [cluster.memberList.name]: 'cluster.members',
  [cluster.memberPromote.name]: 'cluster.promote',
  [cluster.memberRemove.name]: 'cluster.remove',
  [cluster.memberUpdate.name]: 'cluster.update',
  [auth.userAdd.name]: 'auth.users.add',
  [auth.userGet.name]: 'auth.users.get',
  [auth.userList.name]: 'auth.users.list',
  [auth.userDelete.name]: 'auth.users.delete',
  [auth.userChangePassword.name]: 'auth.users.changePassword',
  [auth.userGrantRole.name]: 'auth.users.grantRole',
  [auth.userRevokeRole.name]: 'auth.users.revokeRole',
  [auth.roleAdd.name]: 'auth.roles.add',
  [auth.roleGet.name]: 'auth.roles.get',
  [auth.roleList.name]: 'auth.roles.list',
  [auth.roleDelete.name]: 'auth.roles.delete',
  [auth.roleGrantPermission.name]: 'auth.roles.grantPermission',
  [auth.roleRevokePermission.name]: 'auth.roles.revokePermission',
  [maintenance.alarm.name]: 'maintenance.alarms',
  [maintenance.hashKv.name]: 'maintenance.hashKv',
};

/** The transport of the administration: its requests bear the names of the user's methods in diagnostics. */
export class AdminTransport extends TransportLayer {
  readonly #endpoints: () => readonly string[];

  constructor(inner: Transport, endpoints: () => readonly string[]) {
    super(inner);
    this.#endpoints = endpoints;
  }

  /** The endpoints of the client, for people. */
  get endpoints(): readonly string[] {
    return this.#endpoints();
  }

  override unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    const operation = options?.operation ?? OPERATIONS[method.name];
    return this.inner.unary(method, request, { ...options, operation });
  }
}
