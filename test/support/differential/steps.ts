import fc from 'fast-check';
import type { AuthCall } from './auth-calls.js';
import { bytes } from './keys.js';
import { type Operation, operation } from './operations.js';

/** An operation, and the user who does it: with the last token of that user, if there is one. */
export interface Step {
  readonly operation: Operation;
  /** `undefined`: nobody, without a token. */
  readonly as: string | undefined;
}

const PASSWORDS = ['', 'secret', 'other'];
/** Operations between two times at which everybody signs in. */
const ROUND = 80;

/** Mostly the administrator, so that operations are not all refused. */
const actor = fc.oneof(
  { weight: 4, arbitrary: fc.constant('root') },
  { weight: 4, arbitrary: fc.constantFrom('alice', 'bob') },
  { weight: 1, arbitrary: fc.constantFrom(undefined, 'écrivain') },
);

/** Operations of nobody: on servers without authentication. */
export function stepsOfNobody(count: number, seed: number): readonly Step[] {
  const off = operation.filter((each) => each.kind !== 'auth' || each.call.method !== 'authEnable');
  return fc
    .sample(off, { numRuns: count, seed })
    .map((each) => ({ operation: each, as: undefined }));
}

/**
 * Operations of several users on servers that have authentication on, unless one of them switches it off; at the
 * end it is off. Whatever was done to users and roles before, each round begins with an administrator.
 */
export function stepsOfUsers(count: number, seed: number): readonly Step[] {
  const step = fc.record({ operation, as: actor });
  const steps = fc.sample(step, { numRuns: count, seed });
  const rounds: Step[] = [];
  for (let from = 0; from < count; from += ROUND) {
    rounds.push(...BEGINNING, ...steps.slice(from, from + ROUND));
  }
  return [...rounds, ...signInAsRoot(), asRoot({ method: 'authDisable' })];
}

/** The password of root is one of these, whoever changed it. */
function signInAsRoot(): readonly Step[] {
  return PASSWORDS.map((password) => ({
    operation: { kind: 'auth', call: { method: 'authenticate', name: 'root', password } },
    as: undefined,
  }));
}

function asRoot(call: AuthCall): Step {
  return { operation: { kind: 'auth', call }, as: 'root' };
}

function user(name: string, role: string): readonly Step[] {
  return [
    asRoot({ method: 'userAdd', name, password: 'secret' }),
    asRoot({ method: 'userChangePassword', name, password: 'secret' }),
    asRoot({ method: 'roleAdd', name: role }),
    asRoot({ method: 'userGrantRole', user: name, role }),
  ];
}

const BEGINNING: readonly Step[] = [
  ...signInAsRoot(),
  ...user('root', 'root'),
  // The token of before is no good any more.
  ...signInAsRoot(),
  ...user('alice', 'reader'),
  ...user('bob', 'writer'),
  asRoot({
    method: 'roleGrantPermission',
    name: 'reader',
    perm: { permType: 'READ', key: bytes('a'), rangeEnd: bytes('b') },
  }),
  asRoot({
    method: 'roleGrantPermission',
    name: 'writer',
    perm: { permType: 'READWRITE', key: bytes('a'), rangeEnd: bytes('c') },
  }),
  asRoot({ method: 'authEnable' }),
  ...signInAsRoot(),
  asRoot({ method: 'authenticate', name: 'alice', password: 'secret' }),
  asRoot({ method: 'authenticate', name: 'bob', password: 'secret' }),
];
