/** The programs of one etcd version, as absolute paths. */
export interface EtcdTools {
  /** As the server reports it, such as `3.5.16`. */
  readonly version: string;
  readonly etcd: string;
  /** Missing only where a server named in ETCD_BIN or on the PATH has none beside it. */
  readonly etcdctl: string | undefined;
  /** Packages before 3.5 have none. */
  readonly etcdutl: string | undefined;
}

/** What is there, by minor version. `newest` is anything later, or a build from a moving suite. */
export interface EtcdVersions {
  '3.4'?: EtcdTools;
  '3.5'?: EtcdTools;
  newest?: EtcdTools | undefined;
}

export interface EnsureOptions {
  /** Told of each long step, one line at a time. */
  readonly log?: ((line: string) => void) | undefined;
  /** The minor versions to have; both by default. */
  readonly series?: readonly ('3.4' | '3.5')[] | undefined;
  /** Also try a suite that moves. Default: whether ETCD_KIT_NEWEST is `1`. Its absence is never an error. */
  readonly newest?: boolean | undefined;
}

/** The folder of unpacked servers: ETCD_KIT_CACHE, else `.cache/etcd` of the project. */
export function etcdCache(): string;

/**
 * What is on this machine already: ETCD_BIN first (an explicit choice), then the cache; the PATH fills gaps.
 * Downloads nothing. Rejects if ETCD_BIN names a program that does not run.
 */
export function findEtcd(): Promise<EtcdVersions>;

/**
 * Like {@link findEtcd}, and on a Debian machine downloads and unpacks what is missing into the cache.
 * Elsewhere it is content with what there is. Rejects if a step of the download fails (its name is in the message),
 * or if there is no etcd at all (with a sentence that says how to get one).
 *
 * @example
 * const { '3.5': tools } = await ensureEtcd({ log: console.error });
 */
export function ensureEtcd(options?: EnsureOptions): Promise<EtcdVersions>;

/** One etcd to show things on: the one in ETCD_BIN, else 3.5, else whatever there is. Rejects as {@link ensureEtcd} does. */
export function ensureOneEtcd(options?: Pick<EnsureOptions, 'log'>): Promise<EtcdTools>;
