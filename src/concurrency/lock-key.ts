import { invalidArgument, nonNegativeInt64, showWord, toBigInt } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';

/** The keys of one lock or election, as one session sees them. */
export interface LockKey {
  /** The name, as it was given. */
  readonly name: string;
  /** The prefix of all contenders' keys. */
  readonly prefix: string;
  /** The key of this session. */
  readonly key: string;
}

/**
 * Makes the key of a session in the queue of a name: `<name>/<lease id in hex>`. It is the scheme of Go's
 * `concurrency` package and of `etcdctl lock` and `elect`, so all of them queue up together.
 *
 * A name that ends in `/` gets a second one, as it does there.
 *
 * @throws InvalidArgumentError for a name that is no string, or an empty one
 */
export function lockKey(name: string, leaseId: bigint): LockKey {
  checkName(name, 'a lock or an election');
  const prefix = `${name}/`;
  return { name, prefix, key: `${prefix}${leaseId.toString(16)}` };
}

/**
 * Checks the name of a recipe.
 *
 * @param what it is the name of, for the message
 * @throws InvalidArgumentError for a name that is no string, or an empty one
 */
export function checkName(name: unknown, what: string): asserts name is string {
  if (typeof name !== 'string' || name === '') {
    throw invalidArgument('name', name, `the name of ${what}, not empty`);
  }
}

/** Possible endings of a key that is made up, as a power of two. */
const ENDINGS = 2 ** 48;

/**
 * Makes the end of a key that no other one has: the lease in hex, and a number by chance. Go's recipes put
 * the time there and never read it, so all of them stand in one queue.
 */
export function uniqueEnding(leaseId: bigint, clock: Pick<Clock, 'random'>): string {
  return `${leaseId.toString(16)}-${Math.floor(clock.random() * ENDINGS).toString(16)}`;
}

/**
 * Checks what a lock or a leadership is taken up by; answers the revision.
 *
 * @throws InvalidArgumentError for a key of another name or session, or no revision
 */
export function checkResume(own: LockKey, key: string, fencingToken: bigint | number): bigint {
  if (key !== own.key) {
    throw invalidArgument(
      'key',
      showWord(key),
      `the key of this name and this session's lease: ${own.key}`,
    );
  }
  if (fencingToken === undefined) {
    throw invalidArgument(
      'fencingToken',
      fencingToken,
      'the fencingToken that the lock or the leadership had; without it nobody knows if the key is still the same one',
    );
  }
  return toBigInt('fencingToken', fencingToken, nonNegativeInt64);
}
