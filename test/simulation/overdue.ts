import { readFileSync } from 'node:fs';

/**
 * Milliseconds of work after which a story counts as one that never ends. Most take a tenth of a second. Time
 * in which the process waits for a processor does not count.
 */
const MOST_WORK_MS = 60_000;
/** Milliseconds after which a story counts as one that never ends where the work of a process is not known. */
const MOST_MS = 300_000;
const LOOK_EVERY_MS = 2_000;
/** A story waits for nothing real: a process that sleeps at so many looks, and does no work, is stuck. */
const IDLE_LOOKS = 10;

/** Milliseconds of a tick of Linux, in which it counts the work of processes. */
const TICK_MS = 10;
/** The places of what is behind the name of the program in `/proc`: its state, its work, that of the kernel. */
const FIELDS = { state: 0, user: 11, kernel: 12 };

/** A look at a process. */
interface Look {
  readonly sleeps: boolean;
  /** Milliseconds that processors have worked for it. */
  readonly workMs: number;
}

/**
 * Calls back once when a process has not ended its story after much work, or is stuck. A process that gets no
 * processor, since the machine is busy, has all the time that it needs.
 *
 * @returns a function that ends the watch
 */
export function onOverdue(pid: number, overdue: (text: string) => void): () => void {
  const begun = lookAt(pid);
  const begunAt = performance.now();
  let last = begun;
  let idle = 0;
  const timer = setInterval(() => {
    const look = lookAt(pid);
    if (begun === undefined || last === undefined || look === undefined) {
      if (performance.now() - begunAt > MOST_MS)
        overdue(`the story has not ended after ${MOST_MS} ms`);
      return;
    }
    idle = look.sleeps && look.workMs - last.workMs <= TICK_MS ? idle + 1 : 0;
    last = look;
    if (look.workMs - begun.workMs > MOST_WORK_MS) {
      overdue(`the story has not ended after ${MOST_WORK_MS} ms of work`);
    } else if (idle >= IDLE_LOOKS) {
      overdue('the story does not go on');
    }
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** `undefined` where the system has no `/proc`, and for a process that is gone. */
function lookAt(pid: number): Look | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[FIELDS.user]) + Number(fields[FIELDS.kernel]);
    return { sleeps: fields[FIELDS.state] === 'S', workMs: ticks * TICK_MS };
  } catch {
    return undefined;
  }
}
