/** A version of etcd's servers that MemoryEtcd can be. */
export type MemoryEtcdVersion = '3.4' | '3.5' | '3.6' | '3.7';

/** The release of each version that the tests compare MemoryEtcd with. */
const RELEASES: Readonly<Record<MemoryEtcdVersion, string>> = {
  '3.4': '3.4.23',
  '3.5': '3.5.16',
  '3.6': '3.6.16',
  '3.7': '3.7.3',
};

/** The versions, oldest first. */
export const VERSIONS = Object.keys(RELEASES) as MemoryEtcdVersion[];

/** A version of etcd, asked for what it does differently from another. */
export class Series {
  readonly name: MemoryEtcdVersion;

  constructor(name: MemoryEtcdVersion) {
    this.name = name;
  }

  /** The version that the server tells. */
  get release(): string {
    return RELEASES[this.name];
  }

  /** Returns whether this is the version or a later one. */
  isAtLeast(version: MemoryEtcdVersion): boolean {
    return VERSIONS.indexOf(this.name) >= VERSIONS.indexOf(version);
  }
}
