import type { EtcdTools, EtcdVersions } from './find.mjs';

export interface EnsureOptions {
  /** Told of each long step, one line at a time. */
  readonly log?: ((line: string) => void) | undefined;
  /** The series to fetch. Default: those that a release of Debian has. */
  readonly series?: readonly string[] | undefined;
}

/**
 * Like `findEtcd`, and on a Debian machine downloads and unpacks what is missing into the cache.
 * Elsewhere it is content with what there is. Rejects if a step of the download fails (its name is in the message),
 * or if there is no etcd at all (with a sentence that says how to get one).
 *
 * @example
 * const { '3.5': tools } = await ensureEtcd({ log: console.error });
 */
export function ensureEtcd(options?: EnsureOptions): Promise<EtcdVersions>;

/**
 * One etcd to show things on: the newest in ETCD_BIN, else the newest that is there, else the one that is
 * fetched fastest. Builds nothing. Rejects as {@link ensureEtcd} does.
 */
export function ensureOneEtcd(options?: Pick<EnsureOptions, 'log'>): Promise<EtcdTools>;

/** Builds the newer servers that are missing, from Go modules. Says why one cannot be built, and does not reject for it. */
export function buildMissing(options?: Pick<EnsureOptions, 'log'>): Promise<void>;
