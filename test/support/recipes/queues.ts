import { codecs, EtcdError, TakeUnknownError } from '../../../src/index.js';
import { PriorityQueue, Queue, WorkQueue } from '../../../src/queue/index.js';
import type { Place, Recipe, Report, Run } from './recipe.js';

const ITEMS = 'items/';
const PATIENCE_MS = 1_500;
const PRIORITIES = 3;
/** Jobs that one worker has at a time, and that it takes in a turn. */
const CONCURRENCY = 2;
const JOBS_PER_TURN = 4;

/** Part of a queue that a turn needs. */
interface Driven {
  enqueue(value: string): Promise<void>;
  dequeue(options: { readonly timeoutMs: number }): Promise<string>;
}

/** Names of values, which are never the same. */
let values = 0;
function newValue({ worker }: Place): string {
  values += 1;
  return `${worker}.${process.pid}.${values}`;
}

/** Each value is taken by one, and none is lost but with a worker that died. */
function queueRecipe(open: (place: Place) => Driven): Recipe {
  return {
    passing: [ITEMS],
    drains: true,
    async turn(place) {
      const queue = open(place);
      if (!place.isEnding && place.roll(2) === 0) {
        const value = newValue(place);
        await queue.enqueue(value);
        place.tell('put', { value });
        return;
      }
      try {
        place.tell('took', { value: await queue.dequeue({ timeoutMs: PATIENCE_MS }) });
      } catch (error) {
        if (!(error instanceof TakeUnknownError)) throw error;
        place.tell('in doubt', { value: new TextDecoder().decode(error.valueBytes) });
      }
    },
    check: checkQueue,
  };
}

function checkQueue({ history, reports, kills }: Run): string[] {
  const stored = new Map<string, string>();
  const put: string[] = [];
  const gone = new Set<string>();
  for (const { changes } of history) {
    for (const { key, value } of changes) {
      if (value !== undefined) {
        stored.set(key, value);
        put.push(value);
      } else gone.add(stored.get(key) ?? key);
    }
  }
  const told = (kind: string) => valuesOf(reports, kind);
  const taken = told('took');
  const handed = new Set([...taken, ...told('in doubt')]);
  const lost = [...gone].filter((value) => !handed.has(value));
  return [
    ...twice(put).map((value) => `${value} was put twice`),
    ...twice(taken).map((value) => `${value} was taken twice`),
    ...told('put')
      .filter((value) => !put.includes(value))
      .map((value) => `${value} was acknowledged, and never stored`),
    ...taken
      .filter((value) => !gone.has(value))
      .map((value) => `${value} was taken, and never deleted`),
    // A worker that dies may have taken one that it could not tell.
    ...(lost.length > kills ? [`${lost} were lost, and ${kills} workers died`] : []),
  ];
}

export const queue: Recipe = queueRecipe(
  ({ client, prefix }) => new Queue(client.namespace(prefix + ITEMS)),
);

export const priorityQueue: Recipe = queueRecipe(({ client, prefix, roll }) => {
  const queue = new PriorityQueue(client.namespace(prefix + ITEMS));
  return {
    enqueue: (value) => queue.enqueue(value, roll(PRIORITIES)),
    dequeue: (options) => queue.dequeue(options),
  };
});

/** Each job is done, and twice only where a claim was lost. */
export const workQueue: Recipe = {
  passing: [ITEMS],
  drains: true,
  async turn(place) {
    const view = place.client.namespace(place.prefix + ITEMS).as(codecs.json<string>());
    const work = new WorkQueue(await place.session(), view, { maxAttempts: 1_000 });
    if (!place.isEnding && place.roll(2) === 0) {
      const value = newValue(place);
      await work.enqueue(value);
      place.tell('put', { value });
      return;
    }
    const stop = AbortSignal.timeout(PATIENCE_MS);
    const underWay: Promise<void>[] = [];
    for await (const job of work.jobs({ concurrency: CONCURRENCY, signal: stop })) {
      place.tell('did', { value: job.value });
      underWay.push(
        job.done().then(
          () => place.tell('done', { value: job.value }),
          (error) => {
            if (!(error instanceof EtcdError)) throw error;
            place.tell('lost', { value: job.value });
          },
        ),
      );
      if (underWay.length === JOBS_PER_TURN) break;
    }
    await Promise.all(underWay);
  },
  check({ history, reports, kills }) {
    const told = (kind: string) => valuesOf(reports, kind);
    const did = told('did');
    const unsettled = did.length - told('done').length - told('lost').length;
    const unguarded = history.flatMap(({ revision, changes }) => {
      const deleted = new Set(
        changes.filter(({ value }) => value === undefined).map(({ key }) => key),
      );
      return [...deleted]
        .filter((key) => key.startsWith(`${ITEMS}jobs/`))
        .filter((key) => !deleted.has(key.replace('jobs/', 'claims/')))
        .map((key) => `at ${revision} ${key} was removed without its claim`);
    });
    return [
      ...twice(told('done')).map((value) => `the removal of ${value} was acknowledged twice`),
      ...told('put')
        .filter((value) => !did.includes(value))
        .map((value) => `${value} was never done`),
      ...(unsettled > kills * CONCURRENCY
        ? [`${unsettled} jobs were not settled, and ${kills} workers died`]
        : []),
      ...unguarded,
    ];
  },
};

function valuesOf(reports: readonly Report[], kind: string): string[] {
  return reports.filter((report) => report.kind === kind).map(({ value }) => String(value));
}

function twice(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
