import type { Player, Story } from './player.js';
import { type Outcome, shrink } from './simulate.js';

/**
 * Finds the bad moments that a story needs to go wrong, and tells it with them, line by line. Returns them.
 *
 * @param outcome of the story when all of them were played
 */
export async function explain(
  player: Player,
  story: Story,
  outcome: Outcome,
  tell: (line: string) => void,
): Promise<Story> {
  const { faults } = outcome;
  const needed = await shrink(faults, async (some) => {
    const { violations } = await player.play({ ...story, faults: some });
    return violations.length > 0;
  });
  tell(`seed ${story.seed} with ${needed.length} of ${faults.length} faults:`);
  const shortest = { ...story, faults: needed };
  await player.play(shortest, (line) => tell(`  ${line}`));
  return shortest;
}
