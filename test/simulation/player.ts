import { type ChildProcess, fork } from 'node:child_process';
import { onOverdue } from './overdue.js';
import type { Outcome, StoryOptions } from './simulate.js';

/** A story that a process is to play. */
export type Story = Omit<StoryOptions, 'tell'>;

/** A message to the process that plays stories. */
export interface ToWorker {
  readonly story: Story;
  /** Send the story line by line. */
  readonly tells: boolean;
}

/** A message of the process that plays stories. */
export type FromWorker = { readonly line: string } | { readonly outcome: Outcome };

/** Nobody reads stacks in a story, and there are thousands of failures; most objects of a story die young. */
const FOR_SPEED = ['--stack-trace-limit=0', '--max-semi-space-size=64'];

/** A process that plays one story after the other. */
export class Player implements Disposable {
  readonly #file: string;
  #process: ChildProcess;

  /** @param file the program, as `bundleWorker` makes it */
  constructor(file: string) {
    this.#file = file;
    this.#process = this.#start();
  }

  /**
   * Plays a story. A process that does not come to its end is ended, and that is the violation.
   *
   * @param tell takes the story, line by line
   */
  play(story: Story, tell?: (line: string) => void): Promise<Outcome> {
    const child = this.#process;
    return new Promise((resolve) => {
      const finish = (outcome: Outcome): void => {
        stopWatching();
        child.removeAllListeners();
        resolve(outcome);
      };
      const broken = (text: string): void => {
        child.kill('SIGKILL');
        this.#process = this.#start();
        finish({ violations: [text], faults: [], operations: 0, simulatedMs: 0 });
      };
      const stopWatching = onOverdue(child.pid ?? 0, broken);
      child.on('message', (message: FromWorker) => {
        if ('line' in message) tell?.(message.line);
        else finish(message.outcome);
      });
      child.on('exit', (code) => broken(`the process of the story ended with ${code}`));
      const message: ToWorker = { story, tells: tell !== undefined };
      child.send(message);
    });
  }

  [Symbol.dispose](): void {
    this.#process.disconnect();
  }

  #start(): ChildProcess {
    return fork(this.#file, { execArgv: [...FOR_SPEED] });
  }
}

/** Plays stories in several processes, each in the next one that is free; `false` of `played` ends it. */
export async function playAll(
  file: string,
  processes: number,
  stories: Iterable<Story>,
  played: (story: Story, outcome: Outcome) => boolean,
): Promise<void> {
  const left = stories[Symbol.iterator]();
  let goOn = true;
  const playNext = async (): Promise<void> => {
    using player = new Player(file);
    while (goOn) {
      const { value, done } = left.next();
      if (done === true) return;
      goOn = played(value, await player.play(value)) && goOn;
    }
  };
  await Promise.all(Array.from({ length: processes }, playNext));
}
