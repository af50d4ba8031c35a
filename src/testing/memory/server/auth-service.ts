import type { Permission, PermissionInput } from '../../../rpc/generated/types.js';
import type { MessageName, ReadMessage, WrittenMessage } from '../codec/message-codec.js';
import { refusals } from '../refusals.js';
import type { AuthInfo } from '../state/auth-state.js';
import type { Replica } from '../state/replica.js';
import { type ServerRpc, unary } from './call.js';
import type { Member } from './member.js';
import { makeToken } from './tokens.js';

/** The service of users, roles and tokens of a member. */
export function authService(member: Member, tokens: TokenBook): readonly ServerRpc[] {
  /** An RPC by its messages; what it does to the state is agreed on by all members. */
  const rpc = <Q extends MessageName, S extends MessageName>(
    name: string,
    request: Q,
    response: S,
    act: (replica: Replica, request: ReadMessage<Q>, info: AuthInfo) => WrittenMessage<S>,
  ): ServerRpc =>
    unary(`/etcdserverpb.Auth/${name}`, request, response, async (message, call) => {
      const info = member.authInfo(call);
      const answer = await member.propose((replica) => act(replica, message, info));
      return { ...answer, header: member.header() };
    });
  /** Defines an RPC as `rpc` does, for administrators alone. */
  const adminRpc = <Q extends MessageName, S extends MessageName>(
    name: string,
    request: Q,
    response: S,
    act: (replica: Replica, request: ReadMessage<Q>) => WrittenMessage<S>,
  ): ServerRpc =>
    rpc(name, request, response, (replica, message, info) => {
      replica.auth.checkAdmin(info);
      return act(replica, message);
    });
  /** Defines an RPC as `adminRpc` does, whose answer tells nothing. */
  const adminChange = <Q extends MessageName, S extends MessageName>(
    name: string,
    request: Q,
    response: S,
    act: (replica: Replica, request: ReadMessage<Q>) => void,
  ): ServerRpc =>
    adminRpc(name, request, response, (replica, message) => {
      act(replica, message);
      return {} as WrittenMessage<S>;
    });
  const services = [
    adminChange(
      'AuthEnable',
      'etcdserverpb.AuthEnableRequest',
      'etcdserverpb.AuthEnableResponse',
      ({ auth }) => auth.enable(),
    ),
    adminChange(
      'AuthDisable',
      'etcdserverpb.AuthDisableRequest',
      'etcdserverpb.AuthDisableResponse',
      ({ auth }) => {
        auth.disable();
        tokens.clear();
      },
    ),
    authenticate(member, tokens),
    adminChange(
      'UserAdd',
      'etcdserverpb.AuthUserAddRequest',
      'etcdserverpb.AuthUserAddResponse',
      ({ auth }, { name, password, options }) =>
        auth.addUser(name, options?.noPassword === true ? undefined : password),
    ),
    rpc(
      'UserGet',
      'etcdserverpb.AuthUserGetRequest',
      'etcdserverpb.AuthUserGetResponse',
      ({ auth }, { name }, info) => {
        if (name !== info.user) auth.checkAdmin(info);
        return { roles: auth.user(name).roles };
      },
    ),
    adminRpc(
      'UserList',
      'etcdserverpb.AuthUserListRequest',
      'etcdserverpb.AuthUserListResponse',
      ({ auth }) => ({ users: auth.userNames }),
    ),
    adminChange(
      'UserDelete',
      'etcdserverpb.AuthUserDeleteRequest',
      'etcdserverpb.AuthUserDeleteResponse',
      ({ auth }, { name }) => {
        auth.deleteUser(name);
        tokens.invalidate(name);
      },
    ),
    adminChange(
      'UserChangePassword',
      'etcdserverpb.AuthUserChangePasswordRequest',
      'etcdserverpb.AuthUserChangePasswordResponse',
      ({ auth }, { name, password }) => {
        auth.changePassword(name, password);
        tokens.invalidate(name);
      },
    ),
    adminChange(
      'UserGrantRole',
      'etcdserverpb.AuthUserGrantRoleRequest',
      'etcdserverpb.AuthUserGrantRoleResponse',
      ({ auth }, { user, role }) => auth.grantRole(user, role),
    ),
    adminChange(
      'UserRevokeRole',
      'etcdserverpb.AuthUserRevokeRoleRequest',
      'etcdserverpb.AuthUserRevokeRoleResponse',
      ({ auth }, { name, role }) => auth.revokeRole(name, role),
    ),
    adminChange(
      'RoleAdd',
      'etcdserverpb.AuthRoleAddRequest',
      'etcdserverpb.AuthRoleAddResponse',
      ({ auth }, { name }) => auth.addRole(name),
    ),
    rpc(
      'RoleGet',
      'etcdserverpb.AuthRoleGetRequest',
      'etcdserverpb.AuthRoleGetResponse',
      ({ auth }, { role }, info) => {
        if (!auth.hasRole(info.user, role)) auth.checkAdmin(info);
        return { perm: auth.permissions(role).map(writable) };
      },
    ),
    adminRpc(
      'RoleList',
      'etcdserverpb.AuthRoleListRequest',
      'etcdserverpb.AuthRoleListResponse',
      ({ auth }) => ({ roles: auth.roleNames }),
    ),
    adminChange(
      'RoleDelete',
      'etcdserverpb.AuthRoleDeleteRequest',
      'etcdserverpb.AuthRoleDeleteResponse',
      ({ auth }, { role }) => auth.deleteRole(role),
    ),
    adminChange(
      'RoleGrantPermission',
      'etcdserverpb.AuthRoleGrantPermissionRequest',
      'etcdserverpb.AuthRoleGrantPermissionResponse',
      ({ auth }, { name, perm }) => auth.grantPermission(name, perm),
    ),
    adminChange(
      'RoleRevokePermission',
      'etcdserverpb.AuthRoleRevokePermissionRequest',
      'etcdserverpb.AuthRoleRevokePermissionResponse',
      ({ auth }, request) => auth.revokePermission(request.role, request),
    ),
  ];
  return member.cluster.series.isAtLeast('3.5') ? [...services, status(member)] : services;
}

/** The tokens of all members: a login is agreed on by all of them. */
export interface TokenBook {
  add(token: string, user: string): void;
  invalidate(user: string): void;
  clear(): void;
  nextIndex(): number;
}

function authenticate(member: Member, tokens: TokenBook): ServerRpc {
  return unary(
    '/etcdserverpb.Auth/Authenticate',
    'etcdserverpb.AuthenticateRequest',
    'etcdserverpb.AuthenticateResponse',
    async ({ name, password }) => {
      await member.readIndex();
      member.replica.auth.checkPassword(name, password);
      const token = makeToken(member.cluster.random, tokens.nextIndex());
      await member.propose(() => tokens.add(token, name));
      return { header: member.header(), token };
    },
  );
}

function status(member: Member): ServerRpc {
  return unary(
    '/etcdserverpb.Auth/AuthStatus',
    'etcdserverpb.AuthStatusRequest',
    'etcdserverpb.AuthStatusResponse',
    async (_request, call) => {
      if (!member.cluster.series.isAtLeast('3.7')) member.requireAdmin(call);
      await member.readIndex();
      const { enabled, revision } = member.replica.auth;
      return { header: member.header(), enabled, authRevision: revision };
    },
  );
}

function writable(permission: Permission): PermissionInput {
  if (permission.permType === 'UNRECOGNIZED') throw refusals.invalidAuthManagement();
  return { ...permission, permType: permission.permType };
}
