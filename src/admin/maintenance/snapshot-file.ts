import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../internal/clock.js';

/** A snapshot holds every value there is: it is the owner's alone. */
const OWNER_ONLY = 0o600;

/**
 * Writes a file that is whole or not there: under a temporary name beside it, and renamed when every
 * byte is on the disk. A failure of the source or of the file system leaves nothing behind.
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

/** The new name itself survives a power cut only when its folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Two snapshots to one path at once must not meet. */
function randomName(clock: Clock): string {
  return Math.floor(clock.random() * Number.MAX_SAFE_INTEGER).toString(36);
}
