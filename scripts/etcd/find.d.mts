/** The programs of one etcd version, as absolute paths. */
export interface EtcdTools {
  /** As the server reports it, such as `3.5.16`. */
  readonly version: string;
  readonly etcd: string;
  /** Missing only where a server named in ETCD_BIN or on the PATH has none beside it. */
  readonly etcdctl: string | undefined;
  /** Packages before 3.5 have none. */
  readonly etcdutl: string | undefined;
  /** The user asked for this one, in ETCD_BIN. */
  readonly named?: true;
}

/** Servers by series: the minor version (`3.6`), or the whole one for a second server of a minor version. */
export type EtcdVersions = Readonly<Record<string, EtcdTools>>;

/** The minor versions that the project is tested on, oldest first. */
export const SERIES: Readonly<Record<string, object>>;

/** The folder of servers: ETCD_KIT_CACHE, else `.cache/etcd` of the project. */
export function etcdCache(): string;

/**
 * What is on this machine already: ETCD_BIN first (an explicit choice), then the cache; the PATH fills gaps.
 * Rejects if ETCD_BIN names a program that does not run.
 */
export function findEtcd(): Promise<EtcdVersions>;

/** The newest of what was found. */
export function newestOf(found: EtcdVersions): EtcdTools | undefined;

/** Orders versions by their numbers, for `sort`. */
export function compareVersions(left: string, right: string): number;

/** The path of a program that the PATH names. */
export function onPath(name: string): Promise<string | undefined>;
