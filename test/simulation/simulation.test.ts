import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker, type Program } from './bundle.js';
import type { Fault } from './faults.js';
import { Player, playAll, type Story } from './player.js';
import { shrink } from './simulate.js';

// The whole client on a simulated cluster with faults: more seeds with `npm run simulate`.

/** Seeds of the stories, one after the other. `.ci/run` plays more of them than `npm test`. */
const FIRST = 1;
const SEEDS = Number(process.env['ETCD_KIT_SEEDS'] ?? 150);
/** Stories of days in each `npm test`. */
const DAYS_SEEDS = [1, 2];
const MS_PER_DAY = 24 * 3_600_000;
const ALL_TIMEOUT_MS = 600_000;
const STORY_TIMEOUT_MS = 60_000;
const CUT: Fault = { kind: 'cutAll', atMs: 0, forMs: 1, roll: 0 };

/** Stories that went wrong once. */
const FOUND: readonly { readonly about: string; readonly stories: readonly Story[] }[] = [
  {
    // The looks at a silent server came closer and closer as the time of its call ran out.
    about: 'a lagging member that answers questions is not asked without end',
    stories: [1, 2, 3].map((seed) => ({
      ...{ seed, members: 3, workload: 'registers', long: true },
      faults: [{ kind: 'lag', atMs: 22_774, forMs: 6_274, roll: 0.5 }],
    })),
  },
  {
    about: 'a job that another worker has done is not told as done by this one',
    stories: [{ seed: 9073 }, { seed: 17_088 }],
  },
  {
    // The simulated network delivered what was sent after a break to a process that stood still.
    about: 'a watch of a process that stands still while its connection breaks has no gap',
    stories: [
      {
        ...{ seed: 25_141, members: 3, workload: 'watches' },
        faults: [
          { kind: 'lag', atMs: 366, forMs: 6_646, roll: 0.09795328974723816 },
          { kind: 'stall', atMs: 1_363, forMs: 6_439, roll: 0.7255826920736581 },
          { kind: 'tear', atMs: 5_592, forMs: 5_661, roll: 0.629375412594527 },
        ],
      },
    ],
  },
  {
    about: 'an entry that a late write took away is put right, however often that fails',
    stories: [{ seed: 20_892 }],
  },
  {
    about: 'a store that nothing was written to is known to whoever observes it',
    stories: [{ seed: 19_143 }],
  },
];

let worker: Program;
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(() => worker[Symbol.asyncDispose]());

it(
  `every promise holds in the stories of seeds ${FIRST} to ${FIRST + SEEDS - 1}`,
  async () => {
    const stories = Array.from({ length: SEEDS }, (_, index) => ({ seed: FIRST + index }));
    const wrong: string[] = [];
    let operations = 0;
    await playAll(worker.file, availableParallelism(), stories, ({ seed }, outcome) => {
      operations += outcome.operations;
      for (const text of outcome.violations) {
        wrong.push(`${text}: npm run simulate -- --seed ${seed}`);
      }
      return true;
    });
    expect(wrong).toEqual([]);
    expect(operations).toBeGreaterThan(10 * SEEDS);
  },
  ALL_TIMEOUT_MS,
);

it(
  'clients that live for days lose nothing, and have no more of anything than on the first day',
  async () => {
    const stories: Story[] = DAYS_SEEDS.map((seed) => ({ seed, workload: 'uptime' }));
    const wrong: string[] = [];
    let simulatedMs = 0;
    await playAll(worker.file, stories.length, stories, ({ seed }, outcome) => {
      simulatedMs += outcome.simulatedMs;
      wrong.push(...outcome.violations.map((text) => `${text}: seed ${seed}`));
      return true;
    });
    expect(wrong).toEqual([]);
    expect(simulatedMs).toBeGreaterThan(DAYS_SEEDS.length * MS_PER_DAY);
  },
  ALL_TIMEOUT_MS,
);

describe.each(FOUND)('$about', ({ stories }) => {
  it.each(stories)(
    'in the story of seed $seed',
    async (story) => {
      using player = new Player(worker.file);
      expect((await player.play(story)).violations).toEqual([]);
    },
    STORY_TIMEOUT_MS,
  );
});

it.each<Story>([{ seed: 42 }, { seed: 42, long: true }])(
  'one seed is one story: %o',
  async (story) => {
    const tellings: string[][] = [];
    for (let time = 0; time < 2; time += 1) {
      using player = new Player(worker.file);
      const lines: string[] = [];
      await player.play(story, (line) => lines.push(line));
      tellings.push(lines);
    }
    expect(tellings[0]?.length).toBeGreaterThan(5);
    expect(tellings[1]).toEqual(tellings[0]);
  },
  STORY_TIMEOUT_MS,
);

it('a failure is reported with the faults that it needs, and no other', async () => {
  const faults = Array.from({ length: 31 }, (_, index): Fault => ({ ...CUT, atMs: index }));
  const needed = await shrink(faults, async (some) =>
    [3, 17].every((atMs) => some.some((fault) => fault.atMs === atMs)),
  );
  expect(needed.map(({ atMs }) => atMs)).toEqual([3, 17]);
});
