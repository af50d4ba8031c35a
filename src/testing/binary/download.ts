import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redactAddress } from '../../errors/index.js';
import { EtcdDownloadError } from '../errors.js';
import { entryName, moveIntoPlace, workPrefix } from './cache.js';
import { type EtcdProgram, executableName, PROGRAMS, tryProgram } from './program.js';
import { type Release, releaseOf } from './release.js';
import { readTarGz, readZip } from './unpack.js';

/** A transfer in which nothing comes for so long is given up. */
const SILENCE_MS = 30_000;

/** Downloads under way in this process, by the folder that they fill. */
const underWay = new Map<string, Promise<EtcdProgram>>();

/**
 * Downloads a release into the cache: checked against its list of checksums, tried out, and moved into place in
 * one step. Two downloads at once, in this process or in two, are safe.
 *
 * @throws EtcdDownloadError naming the address and the reason; nothing is left then
 */
export function download(version: string, cache: string): Promise<EtcdProgram> {
  const target = join(cache, entryName(version));
  const running = underWay.get(target);
  if (running !== undefined) return running;
  const started = downloadInto(version, cache, target).finally(() => underWay.delete(target));
  underWay.set(target, started);
  return started;
}

async function downloadInto(version: string, cache: string, target: string): Promise<EtcdProgram> {
  const release = releaseOf(version);
  if (release === undefined) {
    throw new EtcdDownloadError(
      `etcd ${version}: there is no release for ${process.platform} on ${process.arch}; name a server in ETCD_BIN`,
    );
  }
  const wanted = checksumOf(release, new TextDecoder().decode(await fetchBytes(release.sumsUrl)));
  const archive = await fetchBytes(release.archiveUrl);
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== wanted) {
    throw failed(release.archiveUrl, `its SHA-256 is ${got}, and SHA256SUMS says ${wanted}`);
  }
  const work = await mkdtemp(await workPrefix(cache));
  try {
    const ready = join(work, 'ready');
    await unpack(release, archive, ready);
    const tried = await tryProgram(join(ready, executableName('etcd')));
    if (tried.kind !== 'etcd') {
      const reason = tried.kind === 'foreign' ? tried.reason : 'there is no etcd in it';
      throw failed(release.archiveUrl, reason);
    }
    if (tried.program.version !== version) {
      throw failed(release.archiveUrl, `the server in it is etcd ${tried.program.version}`);
    }
    await moveIntoPlace(ready, target);
    return { path: join(target, executableName('etcd')), version };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The checksum of an archive in a list with lines `<hex>  <name>`. */
function checksumOf({ archive, sumsUrl }: Release, sums: string): string {
  for (const line of sums.split('\n')) {
    const [, sum, name] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (name === archive && sum !== undefined) return sum.toLowerCase();
  }
  throw failed(sumsUrl, `there is no checksum of ${archive} in it`);
}

async function unpack(release: Release, archive: Uint8Array, folder: string): Promise<void> {
  const names = PROGRAMS.map((program) => executableName(program));
  const read = release.format === 'zip' ? readZip : readTarGz;
  const files = await read(archive, names).catch((error: unknown) => {
    throw failed(release.archiveUrl, reasonOf(error), error);
  });
  await mkdir(folder);
  for (const [name, content] of files) {
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const silence = new AbortController();
  const giveUp = () => silence.abort(new Error(`no data arrived for ${SILENCE_MS} ms`));
  let timer = setTimeout(giveUp, SILENCE_MS);
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw failed(url, `the answer is ${response.status} ${response.statusText}`.trim());
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof EtcdDownloadError ? error : failed(url, reasonOf(error), error);
  } finally {
    clearTimeout(timer);
  }
}

function failed(url: string, reason: string, cause?: unknown): EtcdDownloadError {
  return new EtcdDownloadError(`the download of ${redactAddress(url)} failed: ${reason}`, {
    cause,
  });
}

/** `fetch` says "fetch failed"; the reason is the cause of that. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}: ${error.cause.message || String(error.cause)}`
    : error.message;
}
