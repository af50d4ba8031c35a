import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bundleWorker } from '../bundle.js';
import { explain } from '../explain.js';
import { Player } from '../player.js';
import { MUTANTS } from './list.js';

const SOURCES = new URL('../../../src/', import.meta.url);
const STORY_TIMEOUT_MS = 60_000;

it.each(MUTANTS)('there is a place for the mistake: $mistake', async ({ file, from }) => {
  const code = await readFile(new URL(file, SOURCES), 'utf8');
  expect(code.split(from)).toHaveLength(2);
});

it(
  'a story fails with a mistake, and passes without it',
  async () => {
    const mutant = MUTANTS.find(({ mistake }) =>
      mistake.startsWith('a lock is held before its turn'),
    );
    if (mutant === undefined) throw new Error('there is no such mutant');
    const story = { seed: 1, workload: 'locks' } as const;
    const violations: (readonly string[])[] = [];
    for (const mistake of [undefined, mutant]) {
      await using worker = await bundleWorker(mistake);
      using player = new Player(worker.file);
      violations.push((await player.play(story)).violations);
    }
    expect(violations[0]).toEqual([]);
    expect(violations[1]?.join()).toMatch(/holds the lock by \d+ while/);
  },
  STORY_TIMEOUT_MS,
);

it(
  'a failed story is reported with the faults that it needs',
  async () => {
    const mutant = MUTANTS.find(({ mistake }) => mistake.startsWith('a watch resumes with'));
    if (mutant === undefined) throw new Error('there is no such mutant');
    await using worker = await bundleWorker(mutant);
    using player = new Player(worker.file);
    const story = { seed: 2, workload: 'watches' } as const;
    const outcome = await player.play(story);
    expect(outcome.violations).not.toEqual([]);

    const lines: string[] = [];
    const shortest = await explain(player, story, outcome, (line) => lines.push(line));
    const { faults: needed = [] } = shortest;
    expect(needed.length).toBeGreaterThan(0);
    expect(needed.length).toBeLessThan(outcome.faults.length);
    expect(lines[0]).toBe(`seed 2 with ${needed.length} of ${outcome.faults.length} faults:`);
    expect(lines.filter((line) => line.includes('fault: '))).toHaveLength(needed.length);
    expect(lines.join('\n')).toMatch(/VIOLATION .* was given \d+ after all up to \d+/);

    // None of them can be left out.
    for (const fault of needed) {
      const fewer = { ...story, faults: needed.filter((other) => other !== fault) };
      expect((await player.play(fewer)).violations).toEqual([]);
    }
  },
  STORY_TIMEOUT_MS,
);
