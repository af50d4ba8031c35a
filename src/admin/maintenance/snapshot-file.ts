import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../internal/clock.js';

/** Mode of the file. A snapshot holds every value there is, so only the owner may read it. */
const OWNER_ONLY = 0o600;

/**
 * Writes a file that is whole or not there: under a temporary name beside it, and renamed when every
 * byte is on the disk. A failure of the source or of the file system leaves nothing behind; a process that
 * dies meanwhile leaves a file that ends in `.part`.
 *
 * @returns how many bytes there are
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  clock: Clock,
): Promise<number> {
  const temporary = `${path}.${randomName(clock)}.part`;
  const file = await open(temporary, 'wx', OWNER_ONLY);
  let bytes = 0;
  try {
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
  return bytes;
}

/** Writes the folder to the disk: only then does the new name survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Random part of the temporary name: two snapshots to one path at once must not share a file. */
function randomName(clock: Clock): string {
  return Math.floor(clock.random() * Number.MAX_SAFE_INTEGER).toString(36);
}
