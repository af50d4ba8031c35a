import { MemoryEtcd } from 'etcd-kit/testing';
import { SeededRandom } from '../../src/testing/memory/world/random.js';
import { type Fault, play, schedule } from './faults.js';
import { History } from './history.js';
import { describe, Scene } from './scene.js';
import { type Check, WORKLOADS, type WorkloadName } from './workloads/index.js';

/** One story to be played. */
export interface StoryOptions {
  readonly seed: number;
  /** Default: 1, 3 or 5, by the seed. */
  readonly members?: number | undefined;
  /** Default: all. */
  readonly workload?: WorkloadName | undefined;
  /** The bad moments. Default: those of the seed. */
  readonly faults?: readonly Fault[] | undefined;
  /** Takes the story, line by line. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** The end of a story. */
export interface Outcome {
  readonly violations: readonly string[];
  readonly faults: readonly Fault[];
  readonly operations: number;
  /** Milliseconds of the cluster's clock. */
  readonly simulatedMs: number;
}

const SIZES = [1, 3, 5];
/** Milliseconds with faults. */
const TROUBLE_MS = 45_000;
/** Milliseconds without faults in which every program must end. */
const REST_MS = 300_000;
const STEP_MS = 5_000;

/** Plays one story: the same seed and options give the same one. */
export async function playStory(options: StoryOptions): Promise<Outcome> {
  const { seed, workload, tell = () => {} } = options;
  const random = new SeededRandom(seed);
  const members = options.members ?? SIZES[random.below(SIZES.length)] ?? 1;
  const names: readonly WorkloadName[] =
    workload === undefined ? (Object.keys(WORKLOADS) as WorkloadName[]) : [workload];
  const faults =
    options.faults ?? schedule(new SeededRandom(random.below(2 ** 31)), TROUBLE_MS, members);
  const memory = new MemoryEtcd({ members, seed });
  const history = new History(memory.client());
  const scene = new Scene({ memory, random, history, tell });
  scene.tell(`seed ${seed}: ${members} members, ${faults.length} faults, ${names.join(', ')}`);
  try {
    await memory.advance(STEP_MS);
    const checks: Check[] = names.map((name) => WORKLOADS[name](scene));
    await play(scene, faults, TROUBLE_MS);
    scene.over = true;
    await rest(scene);
    for (const check of checks) await check();
  } catch (error) {
    scene.violate(`the story broke off: ${describe(error)}`);
  }
  const closed = memory.close().then(() => 'closed');
  await memory.advance(STEP_MS).catch(() => {});
  if ((await Promise.race([closed, memory.idle().then(() => 'idle')])) !== 'closed') {
    scene.violate('the clients do not close');
  }
  return {
    violations: scene.violations,
    faults,
    operations: scene.operations,
    simulatedMs: memory.now,
  };
}

/** Lets the programs come to their ends, and the history to its newest revision. */
async function rest(scene: Scene): Promise<void> {
  const { memory, history } = scene;
  for (let waitedMs = 0; waitedMs < REST_MS; waitedMs += STEP_MS) {
    await memory.advance(STEP_MS);
    if (scene.unfinished.length === 0 && history.revision === memory.revision) return;
  }
  for (const name of scene.unfinished) scene.violate(`${name} does not end`);
  if (history.revision !== memory.revision) {
    scene.violate(`the observer is at ${history.revision} and the store at ${memory.revision}`);
  }
}

/** Takes away bad moments as long as the story still goes wrong; returns the ones that are needed. */
export async function shrink(
  options: StoryOptions,
  faults: readonly Fault[],
): Promise<readonly Fault[]> {
  let needed = faults;
  for (let size = Math.ceil(needed.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < needed.length; ) {
      const without = [...needed.slice(0, from), ...needed.slice(from + size)];
      const { violations } = await playStory({ ...options, faults: without, tell: undefined });
      if (violations.length > 0) needed = without;
      else from += size;
    }
  }
  return needed;
}
