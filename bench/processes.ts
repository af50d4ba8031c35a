import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClientName } from './clients/bench-client.js';
import type { Outcome, Task } from './tasks/task.js';

/** What the parent asks a child for. */
export type Order = Task | 'close';

/** What the child says. */
export type Answer =
  | 'ready'
  | { readonly outcome: Outcome; readonly error?: undefined }
  | { readonly error: string; readonly outcome?: undefined };

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** One client in a child process. */
export class ClientProcess {
  readonly name: ClientName;
  readonly #child: ChildProcess;

  constructor(name: ClientName, endpoint: string) {
    this.name = name;
    this.#child = fork(WORKER, [name, endpoint], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  }

  /** Has the child do a task; `onReady` is called when a watch has begun. */
  perform(task: Task, onReady?: () => void): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const leave = (): void => {
        child.off('message', onAnswer).off('exit', onExit);
      };
      const onAnswer = (answer: Answer): void => {
        if (answer === 'ready') {
          onReady?.();
          return;
        }
        leave();
        if (answer.outcome !== undefined) resolve(answer.outcome);
        else reject(new Error(`${this.name}: ${answer.error}`));
      };
      const onExit = (code: number | null): void => {
        leave();
        reject(new Error(`${this.name} ended with ${code}`));
      };
      child.on('message', onAnswer).on('exit', onExit);
      child.send(task);
    });
  }

  /** Ends the child; resolves when it is gone. */
  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.send('close');
    await gone;
  }
}
