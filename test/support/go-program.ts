import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { etcdCache } from '../../scripts/etcd/find.mjs';
import { findGo, goBuild } from '../../scripts/etcd/go.mjs';

const MODULE = fileURLToPath(new URL('../peers/go', import.meta.url));

/** The program with etcd's Go client, or why there is none. */
export type GoProgram = { readonly path: string } | { readonly missing: string };

/**
 * Builds `test/peers/go` into the cache, unless a program of the same sources is there. Two processes at once
 * both build; the later one replaces the program by the same one.
 */
export async function buildGoPeer(): Promise<GoProgram> {
  const path = join(etcdCache(), 'peers', `go-${await fingerprint()}`);
  if (await isThere(path)) return { path };
  const go = await findGo();
  if (go === undefined) return { missing: 'there is no Go on this machine' };
  const unfinished = `${path}-${process.pid}`;
  try {
    await mkdir(join(etcdCache(), 'peers'), { recursive: true });
    await goBuild(go, { module: MODULE, output: unfinished });
    await rename(unfinished, path);
    return { path };
  } catch (error) {
    return { missing: `the Go client cannot be built: ${(error as Error).message}` };
  }
}

/** A short hash of all sources: another source, another program. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(MODULE)).sort()) {
    hash.update(name).update(await readFile(join(MODULE, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
