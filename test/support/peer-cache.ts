import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { etcdCache } from '../../scripts/etcd/find.mjs';

/** What was built, or why it was not. */
export type Built = { readonly path: string } | { readonly missing: string };

/** A program of `test/peers` in the cache. */
export interface PeerSource {
  /** As it reads in errors: "the Go client". */
  readonly name: string;
  /** Its folder below `test/peers`. */
  readonly folder: string;
  /** Builds it from `source`: a file or a folder at `output`. Rejects where this machine cannot. */
  build(source: string, output: string): Promise<void>;
}

/**
 * Builds a program into the cache, unless one of the same sources is there. Two processes at once both build,
 * and either result serves.
 */
export async function builtPeer({ name, folder, build }: PeerSource): Promise<Built> {
  const source = fileURLToPath(new URL(`../peers/${folder}`, import.meta.url));
  const peers = join(etcdCache(), 'peers');
  const path = join(peers, `${folder}-${await fingerprint(source)}`);
  if (await isThere(path)) return { path };
  await mkdir(peers, { recursive: true });
  const work = await mkdtemp(join(peers, 'tmp-'));
  try {
    await build(source, join(work, 'output'));
    await rename(join(work, 'output'), path).catch(async (error: unknown) => {
      if (!(await isThere(path))) throw error;
    });
    return { path };
  } catch (error) {
    return { missing: `${name} cannot be built: ${(error as Error).message}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A short hash of all sources: another source, another program. */
async function fingerprint(source: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    hash.update(file.slice(source.length)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
