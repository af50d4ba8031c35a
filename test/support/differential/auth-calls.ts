import fc from 'fast-check';
import { key, rangeEnd } from './keys.js';

/** A change of users and roles, by the name of its method. */
export type AuthCall =
  | { readonly method: 'userAdd'; readonly name: string; readonly password: string }
  | { readonly method: 'userGet' | 'userDelete'; readonly name: string }
  | { readonly method: 'userChangePassword'; readonly name: string; readonly password: string }
  | { readonly method: 'userGrantRole'; readonly user: string; readonly role: string }
  | { readonly method: 'userRevokeRole'; readonly name: string; readonly role: string }
  | { readonly method: 'userList' | 'roleList' | 'authEnable' | 'authDisable' }
  | { readonly method: 'roleAdd'; readonly name: string }
  | { readonly method: 'roleGet' | 'roleDelete'; readonly role: string }
  | {
      readonly method: 'roleGrantPermission';
      readonly name: string;
      readonly perm: {
        readonly permType: 'READ' | 'WRITE' | 'READWRITE';
        readonly key: Uint8Array;
        readonly rangeEnd: Uint8Array;
      };
    }
  | {
      readonly method: 'roleRevokePermission';
      readonly role: string;
      readonly key: Uint8Array;
      readonly rangeEnd: Uint8Array;
    }
  | { readonly method: 'authenticate'; readonly name: string; readonly password: string };

const name = fc.constantFrom('', 'root', 'alice', 'bob', 'écrivain');
const role = fc.constantFrom('', 'root', 'reader', 'writer');
const password = fc.constantFrom('', 'secret', 'other');
/** Any change of users and roles, and any question about them. */
export const authCall: fc.Arbitrary<AuthCall> = fc.oneof(
  fc.record({ method: fc.constant('userAdd' as const), name, password }),
  fc.record({ method: fc.constantFrom('userGet', 'userDelete'), name }),
  fc.record({ method: fc.constant('userChangePassword' as const), name, password }),
  fc.record({ method: fc.constant('userGrantRole' as const), user: name, role }),
  fc.record({ method: fc.constant('userRevokeRole' as const), name, role }),
  fc.record({
    method: fc.constantFrom('userList', 'userList', 'roleList', 'authEnable', 'authDisable'),
  }),
  fc.record({ method: fc.constant('roleAdd' as const), name: role }),
  fc.record({ method: fc.constantFrom('roleGet', 'roleDelete'), role }),
  fc.record({
    method: fc.constant('roleGrantPermission' as const),
    name: role,
    perm: fc.record({
      permType: fc.constantFrom('READ', 'WRITE', 'READWRITE'),
      key,
      rangeEnd,
    }),
  }),
  fc.record({ method: fc.constant('roleRevokePermission' as const), role, key, rangeEnd }),
  fc.record({ method: fc.constant('authenticate' as const), name, password }),
);
