export interface Guard {
  /** The process to end if this one dies; `undefined` for none. */
  watch(pid: number | undefined): void;
  /** Ends the guard as if this process had died: the folder goes, and so does the watched process. */
  release(): Promise<void>;
}

/**
 * A small shell that outlives this process for as long as it takes to end what it watches, remove the folder and
 * run some shell text. It does so on any death of this process, SIGKILL included.
 */
export function startGuard(folder: string, afterwards?: string): Guard;
