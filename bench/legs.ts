import type { ClientName } from './clients/bench-client.js';
import { ClientProcess } from './processes.js';
import type { Outcome, Task } from './tasks/task.js';

/** One thing that is measured for several clients. */
export interface Leg {
  /** As it is asked for: `--legs get,put`. */
  readonly group: string;
  readonly name: string;
  /** What each client is to do, by its name. */
  readonly tasks: Partial<Record<ClientName, Task>>;
  readonly rounds: number;
  /** Each round in a process of its own: for what memory it takes. */
  readonly fresh?: boolean;
  /** Called when a client's watch waits for events, or it holds its leases; what it finds is added to the outcome. */
  onReady?(): Promise<Partial<Outcome>>;
}

/** The outcomes of a leg, by client: one for each round. */
export type Outcomes = ReadonlyMap<ClientName, readonly Outcome[]>;

/** The processes of the clients, which live from leg to leg so that their code is warm. */
export class ClientPool implements AsyncDisposable {
  readonly #endpoint: string;
  readonly #goClient: string | undefined;
  readonly #processes = new Map<ClientName, ClientProcess>();

  constructor(endpoint: string, goClient: string | undefined) {
    this.#endpoint = endpoint;
    this.#goClient = goClient;
  }

  /** The Go client cannot be built everywhere. */
  has(name: ClientName): boolean {
    return name !== 'Go' || this.#goClient !== undefined;
  }

  /** Has a client do a task, in a process of its own that ends with it if that is asked for. */
  async perform(
    name: ClientName,
    task: Task,
    fresh: boolean,
    onReady: () => void,
  ): Promise<Outcome> {
    if (!fresh) return this.#processOf(name).perform(task, onReady);
    const client = this.#open(name);
    try {
      return await client.perform(task, onReady);
    } finally {
      await client.close();
    }
  }

  /** Lets the engine compile what calls pass through: a client's first ten thousand are slower by far. */
  async warmUp(names: readonly ClientName[], ms: number): Promise<void> {
    for (const name of names.filter((one) => this.has(one))) {
      for (const kind of ['get', 'put'] as const) {
        // Batched calls and lone ones take different paths.
        for (const callers of [128, 1]) {
          await this.#processOf(name).perform({ kind, callers, ms: ms / 4 });
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((client) => client.close()));
  }

  #open(name: ClientName): ClientProcess {
    return new ClientProcess(name, this.#endpoint, this.#goClient);
  }

  #processOf(name: ClientName): ClientProcess {
    const known = this.#processes.get(name) ?? this.#open(name);
    this.#processes.set(name, known);
    return known;
  }
}

/**
 * Runs a leg: all clients take turns in each round, so that what else the machine does falls on all of
 * them alike. A first round warms the code up and does not count.
 */
export async function runLeg(leg: Leg, pool: ClientPool): Promise<Outcomes> {
  const names = (Object.keys(leg.tasks) as ClientName[]).filter((name) => pool.has(name));
  const outcomes = new Map<ClientName, Outcome[]>(names.map((name) => [name, []]));
  const fresh = leg.fresh === true;
  for (let round = fresh ? 0 : -1; round < leg.rounds; round++) {
    for (const name of rotated(names, round + 1)) {
      const began: Promise<Partial<Outcome>>[] = [];
      const onReady = (): void => {
        if (leg.onReady === undefined) return;
        const finding = leg.onReady();
        // Heard below; a client that fails first must not leave it unheard.
        finding.catch(() => {});
        began.push(finding);
      };
      const outcome = await pool.perform(name, leg.tasks[name] as Task, fresh, onReady);
      const found = Object.assign({}, outcome, ...(await Promise.all(began)));
      if (round >= 0) outcomes.get(name)?.push(found);
    }
  }
  return outcomes;
}

/** Each round begins with another client. */
function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
