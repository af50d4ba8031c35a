import { invalidArgument, nonNegativeInt64, showWord, toBigInt } from '../errors/index.js';

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
  if (typeof name !== 'string' || name === '') {
    throw invalidArgument('name', name, 'the name of a lock or an election, not empty');
  }
  const prefix = `${name}/`;
  return { name, prefix, key: `${prefix}${leaseId.toString(16)}` };
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
