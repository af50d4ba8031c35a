import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** State letters of Linux for a process that a signal has stopped. */
const STOPPED = /\) [tT] /;

/**
 * Returns whether a signal has stopped every thread of a process; `undefined` where the system does not tell.
 * A signal is delivered when the process gets its turn, which on a busy machine takes a while.
 */
export async function isStopped(pid: number): Promise<boolean | undefined> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  if (tasks === undefined) return undefined;
  const states = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => ') T ')),
  );
  return states.every((state) => STOPPED.test(state));
}

/**
 * Returns whether a server holds the database of a data folder. etcd itself would wait for it without end. Linux
 * lists the locks on files; on other systems the log of the new server tells it after ten seconds.
 */
export async function isFolderLocked(dataFolder: string): Promise<boolean> {
  const database = await stat(join(dataFolder, 'member', 'snap', 'db')).catch(() => undefined);
  if (database === undefined) return false;
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  const lock = new RegExp(` FLOCK .*:${database.ino} `);
  return locks.split('\n').some((line) => lock.test(line));
}
