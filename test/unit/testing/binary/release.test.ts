import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { releaseOf, versionToDownload } from '../../../../src/testing/binary/release.js';
import { readTarGz, readZip } from '../../../../src/testing/binary/unpack.js';
import { tarGz } from '../../../support/release-server.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Packs files as `zip` does: one stored, the others deflated. */
function zip(files: Readonly<Record<string, string>>): Uint8Array {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  Object.entries(files).forEach(([path, text], index) => {
    const content = index === 0 ? Buffer.from(text) : deflateRawSync(text);
    const method = index === 0 ? 0 : 8;
    const extra = Buffer.from('extra');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(path.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(content.length, 20);
    entry.writeUInt16LE(path.length, 28);
    entry.writeUInt16LE(3, 32);
    entry.writeUInt32LE(at, 42);
    entries.push(entry, Buffer.from(path), Buffer.from('say'));
    const part = Buffer.concat([local, Buffer.from(path), extra, content]);
    locals.push(part);
    at += part.length;
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(4, 20);
  return Buffer.concat([...locals, ...entries, end, Buffer.from('made')]);
}

describe('the archive of a release', () => {
  const names = ['etcd.exe', 'etcdctl.exe'];
  const texts = (files: ReadonlyMap<string, Uint8Array>) =>
    Object.fromEntries([...files].map(([name, part]) => [name, new TextDecoder().decode(part)]));

  it('is read as a zip', async () => {
    const archive = zip({
      'etcd-v3/etcd.exe': 'the server',
      'etcd-v3/README.md': 'read me',
      'etcd-v3/etcdctl.exe': 'its tool',
    });
    expect(texts(await readZip(archive, names))).toEqual({
      'etcd.exe': 'the server',
      'etcdctl.exe': 'its tool',
    });
  });

  it('is read as a tar, without what is no plain file', async () => {
    const archive = tarGz([
      { path: 'etcd-v3/', content: bytes('') },
      { path: 'etcd-v3/etcd', content: bytes('x'.repeat(513)) },
      { path: 'etcd-v3/etcd/', content: bytes('') },
      { path: '../../etcdctl', content: bytes('y') },
    ]);
    expect(texts(await readTarGz(archive, ['etcd', 'etcdctl']))).toEqual({
      etcd: 'x'.repeat(513),
      etcdctl: 'y',
    });
  });

  it('that is damaged is refused', async () => {
    const archive = zip({ 'etcd.exe': 'the server' });
    await expect(readZip(archive.subarray(0, 40), names)).rejects.toThrow('this is no zip');
    await expect(readZip(bytes('x'), names)).rejects.toThrow('this is no zip');
    await expect(readTarGz(bytes('x'.repeat(30)), names)).rejects.toThrow('incorrect header check');
  });
});

describe('a release', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['linux', 'x64', 'etcd-v3.6.16-linux-amd64.tar.gz'],
    ['linux', 'arm64', 'etcd-v3.6.16-linux-arm64.tar.gz'],
    ['darwin', 'arm64', 'etcd-v3.6.16-darwin-arm64.zip'],
    ['win32', 'x64', 'etcd-v3.6.16-windows-amd64.zip'],
  ])('for %s on %s is %s', (platform, arch, archive) => {
    vi.stubEnv('ETCD_DOWNLOAD_URL', '');
    expect(releaseOf('3.6.16', platform, arch)).toMatchObject({
      archive,
      archiveUrl: `https://github.com/etcd-io/etcd/releases/download/v3.6.16/${archive}`,
    });
  });

  it('does not exist for other systems', () => {
    expect(releaseOf('3.6.16', 'aix', 'ppc64')).toBeUndefined();
    expect(releaseOf('3.6.16', 'linux', 'ia32')).toBeUndefined();
  });

  it('is the newest that is known, unless a whole version is wanted', () => {
    expect(versionToDownload(undefined)).toBe('3.7.3');
    expect(versionToDownload('3.5')).toMatch(/^3\.5\.\d+$/);
    expect(versionToDownload('3.5.1')).toBe('3.5.1');
    expect(versionToDownload('9.9')).toBeUndefined();
  });
});
