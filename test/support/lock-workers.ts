import { fileURLToPath } from 'node:url';
import { bundled } from './bundled.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const PROGRAM = await bundled(fileURLToPath(new URL('lock-worker.ts', import.meta.url)));

/** Starts a process that wants the lock; see `lock-worker.ts` for what it can do. */
export function startLockWorker(...args: readonly string[]): WorkerProcess {
  return startWorker(PROGRAM, args);
}
