export { Auth, type AuthStatus } from './auth.js';
export type { KeyPermission, Permission, PermissionScope } from './permission.js';
export { type Grantable, type Role, Roles } from './roles.js';
export { type User, Users } from './users.js';
