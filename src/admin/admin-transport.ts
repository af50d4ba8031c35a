import type { Method } from '../rpc/method.js';
import { auth, cluster, maintenance } from '../rpc/services.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from '../transport/transport.js';

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
export class AdminTransport implements Transport {
  readonly #transport: Transport;
  readonly #endpoints: () => readonly string[];

  constructor(transport: Transport, endpoints: () => readonly string[]) {
    this.#transport = transport;
    this.#endpoints = endpoints;
  }

  /** The endpoints of the client, for people. */
  get endpoints(): readonly string[] {
    return this.#endpoints();
  }

  get canRangeStream(): boolean {
    return this.#transport.canRangeStream;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    const operation = options?.operation ?? OPERATIONS[method.name];
    return this.#transport.unary(method, request, { ...options, operation });
  }

  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): ServerStream<Response> {
    return this.#transport.serverStream(method, request, options);
  }

  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>> {
    return this.#transport.duplex(method, handlers, options);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
