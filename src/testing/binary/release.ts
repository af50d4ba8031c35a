import { endianness } from 'node:os';
import process from 'node:process';
import { invalidArgument, redactAddress, showAddress } from '../../errors/index.js';
import { compareVersions, isWanted } from './version.js';

/** An archive of a version for one platform, and the list of checksums beside it. */
export interface Release {
  readonly version: string;
  readonly archive: string;
  readonly format: 'tar.gz' | 'zip';
  readonly archiveUrl: string;
  readonly sumsUrl: string;
}

const OFFICIAL = 'https://github.com/etcd-io/etcd/releases/download';

/** The newest patch of each minor version when this was written: no list of them can be asked for. */
const NEWEST = ['3.4.43', '3.5.35', '3.6.16', '3.7.3'];

/** Processors by their names in Node and in the names of archives. */
const PROCESSORS: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  s390x: 's390x',
  // Releases exist for the little-endian kind alone.
  ...(endianness() === 'LE' ? { ppc64: 'ppc64le' } : {}),
};

/** Systems by their names in Node and in the names of archives. */
const SYSTEMS: Readonly<Record<string, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};

/** The version to download: the wanted one if it is whole, else its newest known patch. */
export function versionToDownload(wanted: string | undefined): string | undefined {
  if (wanted !== undefined && wanted.split('.').length > 2) return wanted;
  return NEWEST.filter((version) => isWanted(version, wanted))
    .sort(compareVersions)
    .at(-1);
}

/** The address that releases are downloaded from: `ETCD_DOWNLOAD_URL`, else the official one. */
export function downloadAddress(): string {
  const address = process.env['ETCD_DOWNLOAD_URL'];
  if (!address) return OFFICIAL;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw invalidArgument(
      'ETCD_DOWNLOAD_URL',
      showAddress(address),
      'an address such as https://host/etcd',
    );
  }
  return address.replace(/\/+$/, '');
}

/** The release of a version for a platform; `undefined` where there is none for it. */
export function releaseOf(
  version: string,
  platform: string = process.platform,
  arch: string = process.arch,
): Release | undefined {
  const system = SYSTEMS[platform];
  const processor = PROCESSORS[arch];
  if (system === undefined || processor === undefined) return undefined;
  const format = system === 'linux' ? 'tar.gz' : 'zip';
  const archive = `etcd-v${version}-${system}-${processor}.${format}`;
  const folder = `${downloadAddress()}/v${version}`;
  return {
    ...{ version, archive, format },
    archiveUrl: `${folder}/${archive}`,
    sumsUrl: `${folder}/SHA256SUMS`,
  };
}

/** The address in a message: it may contain a password. */
export function shownAddress(): string {
  return redactAddress(downloadAddress());
}
