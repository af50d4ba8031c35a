import { compareBytes } from '../../../internal/bytes.js';
import type { Permission } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Series } from '../series.js';
import type { KeyBounds } from '../store/binary-key.js';
import { allows, cover, type Grant, grantOf, isSameRange, isValidRange } from './permissions.js';

/** The user who asks, and the revision of users and roles at which the token was looked at. */
export interface AuthInfo {
  readonly user: string;
  readonly revision: bigint;
}

/** A request without a token: nobody. */
export const NOBODY: AuthInfo = { user: '', revision: 0n };

interface User {
  readonly name: string;
  /** `undefined`: the user cannot sign in by a password. */
  readonly password: string | undefined;
  readonly roles: readonly string[];
}

const ROOT = 'root';

/** The permission of the role root, as a server shows it. */
const ROOT_PERMISSION: Permission = {
  permType: 'READWRITE',
  key: new Uint8Array(0),
  rangeEnd: new Uint8Array(1),
};

/** Users, roles and what they may do. Each change makes a revision, which outdates requests under way. */
export class AuthState {
  readonly #series: Series;
  #users = new Map<string, User>();
  #roles = new Map<string, readonly Grant[]>();
  #enabled = false;
  #revision = 1n;

  constructor(series: Series) {
    this.#series = series;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** Takes over the users and roles of another member. */
  copyFrom(other: AuthState): void {
    this.#users = new Map(other.#users);
    this.#roles = new Map(other.#roles);
    this.#enabled = other.#enabled;
    this.#revision = other.#revision;
  }

  enable(): void {
    if (this.#enabled) return;
    const root = this.#users.get(ROOT);
    if (root === undefined) throw refusals.rootUserMissing();
    if (!isRoot(root)) throw refusals.rootRoleMissing();
    this.#enabled = true;
  }

  disable(): void {
    if (!this.#enabled) return;
    this.#enabled = false;
    this.#changed();
  }

  /** @throws the refusal of a wrong password */
  checkPassword(name: string, password: string): void {
    if (!this.#enabled) throw refusals.authNotEnabled();
    const user = this.#users.get(name);
    if (user === undefined) throw refusals.authenticationFailed();
    if (user.password === undefined) throw refusals.noPasswordUser();
    if (user.password !== password) throw refusals.authenticationFailed();
  }

  /** @throws the refusal of a user that may not, or of a request that is outdated */
  check(info: AuthInfo, bounds: KeyBounds, access: 'READ' | 'WRITE'): void {
    if (!this.#enabled) return;
    if (info.revision === 0n) throw refusals.userNameEmpty();
    if (info.revision < this.#revision) throw refusals.authRevisionOld();
    const user = this.#users.get(info.user);
    if (user === undefined) throw refusals.permissionDenied();
    if (isRoot(user)) return;
    const grants = user.roles
      .flatMap((role) => this.#roles.get(role) ?? [])
      .filter(({ permission }) => allows(permission, access));
    if (!cover(grants, bounds)) throw refusals.permissionDenied();
  }

  /** @throws the refusal of a user that is no administrator */
  checkAdmin(info: AuthInfo): void {
    if (!this.#enabled) return;
    if (info.user === '') throw refusals.userNameEmpty();
    const user = this.#users.get(info.user);
    if (user === undefined) throw refusals.userNotFound();
    if (!isRoot(user)) throw refusals.permissionDenied();
  }

  /** Returns whether a user is an administrator, or nobody has to be. */
  isAdmin(info: AuthInfo): boolean {
    const user = this.#users.get(info.user);
    return !this.#enabled || (user !== undefined && isRoot(user));
  }

  hasRole(name: string, role: string): boolean {
    return this.#users.get(name)?.roles.includes(role) ?? false;
  }

  addUser(name: string, password: string | undefined): void {
    if (name === '') throw refusals.userNameEmpty();
    if (this.#users.has(name)) throw refusals.userExists();
    this.#setUser({ name, password, roles: [] });
  }

  deleteUser(name: string): void {
    if (this.#enabled && name === ROOT) throw refusals.invalidAuthManagement();
    this.user(name);
    this.#users.delete(name);
    this.#changed();
  }

  changePassword(name: string, password: string): void {
    const user = this.user(name);
    this.#setUser(user.password === undefined ? user : { ...user, password });
  }

  grantRole(name: string, role: string): void {
    const user = this.user(name);
    if (role !== ROOT && !this.#roles.has(role)) throw refusals.roleNotFound();
    if (user.roles.includes(role)) return;
    this.#setUser({ ...user, roles: sorted([...user.roles, role]) });
  }

  revokeRole(name: string, role: string): void {
    if (this.#enabled && name === ROOT && role === ROOT) throw refusals.invalidAuthManagement();
    const user = this.user(name);
    if (!user.roles.includes(role)) throw refusals.roleNotGranted();
    this.#setUser({ ...user, roles: user.roles.filter((granted) => granted !== role) });
  }

  /** @throws the refusal of a user that there is not */
  user(name: string): User {
    const user = this.#users.get(name);
    if (user === undefined) throw refusals.userNotFound();
    return user;
  }

  get userNames(): string[] {
    return sorted([...this.#users.keys()]);
  }

  addRole(name: string): void {
    if (name === '') throw refusals.roleNameEmpty();
    if (this.#roles.has(name)) throw refusals.roleExists();
    this.#roles.set(name, []);
    this.#changed();
  }

  deleteRole(name: string): void {
    if (this.#enabled && name === ROOT) throw refusals.invalidAuthManagement();
    this.#grants(name);
    this.#roles.delete(name);
    for (const user of this.#users.values()) {
      if (!user.roles.includes(name)) continue;
      this.#users.set(user.name, { ...user, roles: user.roles.filter((role) => role !== name) });
    }
    this.#changed();
  }

  grantPermission(name: string, permission: Permission | undefined): void {
    if (permission === undefined) throw refusals.permissionNotGiven();
    if (this.#series.isAtLeast('3.5') && !isValidRange(permission)) {
      throw refusals.invalidAuthManagement();
    }
    const others = this.#grants(name).filter((grant) => !isSameRange(grant.permission, permission));
    const grants = [...others, grantOf(permission)].sort((a, b) =>
      compareBytes(a.permission.key, b.permission.key),
    );
    this.#roles.set(name, grants);
    this.#changed();
  }

  revokePermission(name: string, range: Pick<Permission, 'key' | 'rangeEnd'>): void {
    const grants = this.#grants(name);
    const left = grants.filter(({ permission }) => !isSameRange(permission, range));
    if (left.length === grants.length) throw refusals.permissionNotGranted();
    this.#roles.set(name, left);
    this.#changed();
  }

  /** @throws the refusal of a role that there is not */
  permissions(role: string): Permission[] {
    const grants = this.#grants(role);
    if (role === ROOT && this.#series.isAtLeast('3.6')) return [ROOT_PERMISSION];
    return grants.map(({ permission }) => permission);
  }

  get roleNames(): string[] {
    return sorted([...this.#roles.keys()]);
  }

  #grants(role: string): readonly Grant[] {
    const grants = this.#roles.get(role);
    if (grants === undefined) throw refusals.roleNotFound();
    return grants;
  }

  #setUser(user: User): void {
    this.#users.set(user.name, user);
    this.#changed();
  }

  #changed(): void {
    this.#revision += 1n;
  }
}

function isRoot({ roles }: User): boolean {
  return roles.includes(ROOT);
}

/** In the order of Go's strings, which is that of their bytes. */
function sorted(names: string[]): string[] {
  return names.sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)));
}
