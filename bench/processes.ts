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
  /** Resolves, with why, when the child is gone or could not be started. */
  readonly gone: Promise<string>;
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
      const { answers, gone, send } = this.#wire;
      const onAnswer = (answer: Answer): void => {
        if (answer === 'ready') {
          onReady?.();
          return;
        }
        answers.off('answer', onAnswer);
        if (answer.outcome !== undefined) resolve(answer.outcome);
        else reject(new Error(`${this.name}: ${answer.error}`));
      };
      answers.on('answer', onAnswer);
      void gone.then((why) => reject(new Error(`${this.name} ${why}`)));
      send(task);
    });
  }

  /** Ends the child; resolves when it is gone. */
  async close(): Promise<void> {
    this.#wire.end();
    await this.#wire.gone;
  }
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A client of Node, with messages between the processes. */
function ofNode(name: ClientName, endpoint: string): Wire {
  const child = fork(WORKER, [name, endpoint], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  const answers: Wire['answers'] = new EventEmitter();
  child.on('message', (answer: Answer) => answers.emit('answer', answer));
  const send = (order: Order): void => {
    if (child.connected) child.send(order);
  };
  return { answers, gone: endOf(child), send, end: () => send('close') };
}

/** A client of another language, with lines of JSON. */
function ofLines(program: string, endpoint: string): Wire {
  const child = spawn(program, [new URL(endpoint).host], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Wire['answers'] = new EventEmitter();
  createInterface({ input: child.stdout }).on('line', (line) =>
    answers.emit('answer', JSON.parse(line) as Answer),
  );
  // A program that is gone is told of by its end.
  child.stdin.on('error', () => {});
  return {
    answers,
    gone: endOf(child),
    send: (task) => void child.stdin.write(`${JSON.stringify(task)}\n`),
    end: () => child.stdin.end(),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
    child.on('error', ({ message }) => resolve(`failed: ${message}`));
  });
}
