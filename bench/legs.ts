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
  /** Called when a client's watch waits for events. */
  onReady?(): Promise<void>;
}

/** The outcomes of a leg, by client: one for each round. */
export type Outcomes = ReadonlyMap<ClientName, readonly Outcome[]>;

/**
 * Runs a leg: all clients take turns in each round, so that what else the machine does falls on all of
 * them alike.
 */
export async function runLeg(leg: Leg, endpoint: string): Promise<Outcomes> {
  const names = Object.keys(leg.tasks) as ClientName[];
  const outcomes = new Map<ClientName, Outcome[]>(names.map((name) => [name, []]));
  const kept = new Map<ClientName, ClientProcess>();
  const processOf = (name: ClientName): ClientProcess => {
    const known = kept.get(name) ?? new ClientProcess(name, endpoint);
    kept.set(name, known);
    return known;
  };
  try {
    for (let round = 0; round < leg.rounds; round++) {
      for (const name of rotated(names, round)) {
        const client = processOf(name);
        const began: Promise<void>[] = [];
        const onReady = (): void => {
          if (leg.onReady !== undefined) began.push(leg.onReady());
        };
        outcomes.get(name)?.push(await client.perform(leg.tasks[name] as Task, onReady));
        await Promise.all(began);
        if (leg.fresh !== true) continue;
        kept.delete(name);
        await client.close();
      }
    }
  } finally {
    await Promise.all([...kept.values()].map((client) => client.close()));
  }
  return outcomes;
}

/** Each round begins with another client. */
function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
