import { type ChildProcess, fork, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
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

/** How one talks to a child. */
interface Wire {
  readonly child: ChildProcess;
  readonly answers: EventEmitter<{ answer: [Answer] }>;
  send(task: Task): void;
  /** Asks the child to end. */
  end(): void;
}

/** One client in a child process. */
export class ClientProcess {
  readonly name: ClientName;
  readonly #wire: Wire;

  /** @param goClient the program that has the Go client */
  constructor(name: ClientName, endpoint: string, goClient: string | undefined) {
    this.name = name;
    this.#wire =
      name === 'Go' && goClient !== undefined
        ? ofLines(goClient, endpoint)
        : ofNode(name, endpoint);
  }

  /** Has the child do a task; `onReady` is called when a watch has begun, or leases are held. */
  perform(task: Task, onReady?: () => void): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const { child, answers, send } = this.#wire;
      const leave = (): void => {
        answers.off('answer', onAnswer);
        child.off('exit', onExit);
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
      answers.on('answer', onAnswer);
      child.on('exit', onExit);
      send(task);
    });
  }

  /** Ends the child; resolves when it is gone. */
  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#wire.child.once('exit', () => resolve()));
    this.#wire.end();
    await gone;
  }
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A client of Node, with messages between the processes. */
function ofNode(name: ClientName, endpoint: string): Wire {
  const child = fork(WORKER, [name, endpoint], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  const answers: Wire['answers'] = new EventEmitter();
  child.on('message', (answer: Answer) => answers.emit('answer', answer));
  const send = (order: Order): void => void child.send(order);
  return { child, answers, send, end: () => send('close') };
}

/** A client of another language, with lines of JSON. */
function ofLines(program: string, endpoint: string): Wire {
  const child = spawn(program, [new URL(endpoint).host], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Wire['answers'] = new EventEmitter();
  createInterface({ input: child.stdout }).on('line', (line) =>
    answers.emit('answer', JSON.parse(line) as Answer),
  );
  return {
    child,
    answers,
    send: (task) => void child.stdin.write(`${JSON.stringify(task)}\n`),
    end: () => child.stdin.end(),
  };
}
