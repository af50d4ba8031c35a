import { interrupted, refused, refusedForNow, type Verdict, verdict } from './verdict.js';

const WRONG_CREDENTIALS = refused('AUTHENTICATION_FAILED');
const SERVER_TIMEOUT = interrupted('SERVER_TIMEOUT');
/** The server's side of a deadline, or of a call that nobody here cancelled: the deadlines collided. */
const DEADLINE = interrupted('TIMEOUT');

/**
 * Every message of etcd's servers, without the prefixes that `bareMessage` removes.
 *
 * The message is read before the gRPC code. Some errors have the right text and the code UNKNOWN, and some
 * changed their code between versions.
 */
export const serverMessages: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  // Requests that are wrong.
  ['key is not provided', refused('KEY_REQUIRED')],
  ['key not found', refused('KEY_NOT_FOUND')],
  ['value is provided', refused('VALUE_PROVIDED')],
  ['lease is provided', refused('LEASE_PROVIDED')],
  ['too many operations in txn request', refused('TOO_MANY_OPERATIONS')],
  ['duplicate key given in txn request', refused('DUPLICATE_KEY')],
  ['invalid client api version', refused('INVALID_CLIENT_API_VERSION')],
  ['invalid sort option', refused('INVALID_SORT_OPTION')],
  ['request is too large', refused('REQUEST_TOO_LARGE')],
  ['given member URLs are invalid', refused('INVALID_MEMBER_URLS')],
  ['role name is empty', refused('ROLE_NAME_EMPTY')],
  ['permission not given', refused('PERMISSION_REQUIRED')],
  ['invalid auth management', refused('INVALID_AUTH_MANAGEMENT')],
  // A watcher that the server cancels by this text.
  ['watcher range is empty', refused('REFUSED')],
  ['wrong downgrade target version format', refused('INVALID_DOWNGRADE_VERSION')],
  ['invalid downgrade target version', refused('INVALID_DOWNGRADE_VERSION')],

  // Who is asking.
  ['authentication failed, invalid user ID or password', WRONG_CREDENTIALS],
  ['authentication failed, password was given for no password user', WRONG_CREDENTIALS],
  // A server whose --auth-token lacks what a login needs: no login there ever works.
  [
    'token signing attempted with verify-only key',
    refused(
      'AUTHENTICATION_FAILED',
      'the server has no private key for tokens, so nobody can sign in: set auth.token to a token that was made elsewhere',
    ),
  ],
  ['invalid auth signature method', refused('AUTHENTICATION_FAILED')],
  [
    'user name is empty',
    refused('USER_NAME_EMPTY', 'the cluster asks for a user: give the client auth'),
  ],
  ['revision of auth store is old', refusedForNow('AUTH_REVISION_OLD')],
  ['revision in header is old', refusedForNow('AUTH_REVISION_OLD')],
  ['invalid auth token', refusedForNow('INVALID_AUTH_TOKEN')],
  ['permission denied', refused('PERMISSION_DENIED')],
  ['authentication is not enabled', refused('AUTH_NOT_ENABLED')],

  // Users and roles.
  ['root user does not exist', refused('ROOT_USER_MISSING')],
  ['root user does not have root role', refused('ROOT_ROLE_MISSING')],
  ['user name already exists', refused('USER_EXISTS')],
  ['user already exists', refused('USER_EXISTS')],
  ['user name not found', refused('USER_NOT_FOUND')],
  ['user not found', refused('USER_NOT_FOUND')],
  ['role name already exists', refused('ROLE_EXISTS')],
  ['role already exists', refused('ROLE_EXISTS')],
  ['role name not found', refused('ROLE_NOT_FOUND')],
  ['role not found', refused('ROLE_NOT_FOUND')],
  ['role is not granted to the user', refused('ROLE_NOT_GRANTED')],
  ['permission is not granted to the role', refused('PERMISSION_NOT_GRANTED')],

  // The store.
  ['required revision has been compacted', refused('COMPACTED')],
  ['required revision is a future revision', refused('FUTURE_REVISION')],
  // The quota is checked once more after a write was applied, so this proves nothing about it.
  [
    'database space exceeded',
    verdict('NO_SPACE', 'unknown', false, 'compact and defragment, then disarm the NOSPACE alarm'),
  ],
  ['corrupt cluster', verdict('CORRUPT_CLUSTER', 'unknown', false)],

  // Leases.
  ['too large lease TTL', refused('LEASE_TTL_TOO_LARGE')],
  ['requested lease not found', refused('LEASE_NOT_FOUND')],
  ['lease already exists', refused('LEASE_EXISTS')],
  // A member that stopped leading while a renewal was under way.
  ['not a primary lessor', interrupted('UNAVAILABLE')],

  // Members.
  ['member not found', refused('MEMBER_NOT_FOUND')],
  ['member ID already exist', refused('MEMBER_EXISTS')],
  ['Peer URLs already exists', refused('PEER_URL_EXISTS')],
  [
    're-configuration failed due to not enough started members',
    refused('NOT_ENOUGH_STARTED_MEMBERS'),
  ],
  ['can only promote a learner member', refused('NOT_A_LEARNER')],
  [
    'can only promote a learner member which is in sync with leader',
    refusedForNow('LEARNER_NOT_READY'),
  ],
  ['too many learner members in cluster', refused('TOO_MANY_LEARNERS')],
  ['cluster ID mismatch', refused('CLUSTER_ID_MISMATCH')],
  ['not leader', refused('MEMBER_NOT_LEADER')],
  ['bad leader transferee', refused('BAD_LEADER_TRANSFEREE')],
  [
    'rpc not supported for learner',
    refusedForNow(
      'NOT_SUPPORTED_FOR_LEARNER',
      'a learner serves serializable reads alone: give the client an endpoint of a voting member',
    ),
  ],
  ['not capable', refused('NOT_CAPABLE')],
  ['cluster version not found during downgrade', refused('CLUSTER_VERSION_UNAVAILABLE')],
  ['cluster has a downgrade job in progress', refused('DOWNGRADE_IN_PROGRESS')],
  ['no inflight downgrade job', refused('NO_DOWNGRADE_IN_PROGRESS')],

  // The cluster's health.
  ['too many requests', refusedForNow('TOO_MANY_REQUESTS')],
  ['raft proposal dropped', refusedForNow('PROPOSAL_DROPPED')],
  ['no leader', refusedForNow('NO_LEADER')],
  ['unhealthy cluster', refusedForNow('UNHEALTHY_CLUSTER')],
  ['leader changed', interrupted('LEADER_CHANGED')],
  ['server stopped', interrupted('SERVER_STOPPED')],
  ['request timed out', SERVER_TIMEOUT],
  ['request timed out, possibly due to previous leader failure', SERVER_TIMEOUT],
  ['request timed out, possibly due to connection lost', SERVER_TIMEOUT],
  ['request timed out, waiting for the applied index took too long', SERVER_TIMEOUT],
  ['request timed out, leader transfer took too long', SERVER_TIMEOUT],

  // Deadlines and cancellations that the server noticed.
  ['context deadline exceeded', DEADLINE],
  ['context canceled', DEADLINE],
  ['request canceled', DEADLINE],
  // Up to etcd 3.6, and under UNKNOWN.
  ['request cancelled', DEADLINE],
  ['watch canceled', refusedForNow('WATCH_CANCELED')],

  // The lock and election services, which have no codes at all.
  ['election: no leader', refused('NO_ELECTION_LEADER')],
  ['election: not leader', refused('NOT_LEADER')],
  ['"leader" field must be provided', refused('LEADER_KEY_REQUIRED')],
  ['mutex: session is expired', verdict('SESSION_LOST', 'unknown', false)],
]);

/** `rpc error: code = Unauthenticated desc = ` in front of a text that Go made of an error. */
const GO_ERROR = /^rpc error: code = (\w+) desc = /;

/** A text of a server without what Go put in front of it. */
export function withoutGoWords(text: string): string {
  return text.replace(GO_ERROR, '');
}

/** The parts of etcd that put their name before a message. `election:` and `mutex:` stay: they tell apart. */
const COMPONENT = /^(?:etcdserver|auth|mvcc|lease): /;

/** A message without its wrappings, and the code that a wrapping named. */
export function bareMessage(text: string): {
  readonly message: string;
  readonly goCode: string | undefined;
} {
  const wrapping = GO_ERROR.exec(text);
  let message = wrapping === null ? text : text.slice(wrapping[0].length);
  while (COMPONENT.test(message)) message = message.replace(COMPONENT, '');
  return { message: message.trim(), goCode: wrapping?.[1] };
}
