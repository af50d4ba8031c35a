import { MemoryEtcd } from 'etcd-kit/testing';
import { SeededRandom } from '../../src/testing/memory/world/random.js';
import { type Fault, type Pace, play, schedule } from './faults.js';
import { History } from './history.js';
import { describe, Scene } from './scene.js';
import { ALL_WORKLOADS, type Check, WORKLOADS, type WorkloadName } from './workloads/index.js';

/** One story to be played. */
export interface StoryOptions {
  readonly seed: number;
  /** Default: 1, 3 or 5, by the seed. */
  readonly members?: number | undefined;
  /** Default: one, by the seed; in a long story three. */
  readonly workload?: WorkloadName | undefined;
  /** Has three workloads play together, and for three times as long. */
  readonly long?: boolean | undefined;
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
  /** Milliseconds of the cluster's clock until all programs had ended. */
  readonly simulatedMs: number;
}

const SIZES = [1, 3, 5];
const WORKLOADS_OF_A_LONG_STORY = 3;
/** One story of so many has no fault at all: then nothing may fail. */
const CALM_ONE_OF = 10;
/** One of so many has users and passwords. */
const GUARDED_ONE_OF = 4;
/** One of so many has clients that follow changes of the members. */
const SYNCED_ONE_OF = 3;
const ROOT = { username: 'root', password: 'simulated' };
const SYNC = { intervalSeconds: 5 };
const SYNC_OF_DAYS = { intervalSeconds: 300 };
/** Milliseconds with faults. */
const TROUBLE_MS = { short: 10_000, long: 30_000 };
const PACE: Pace = { everyMs: 1_000, longestMs: 8_000 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours of a story of days, from the fewest on. */
const UPTIME_HOURS = { fewest: 24, most: 200 };
const PACE_OF_DAYS: Pace = { everyMs: 2 * HOUR_MS, longestMs: 300_000 };
/** In the last hours of a day nothing goes wrong: what is left of it by then is left for ever. */
const CALM_EVENING_MS = 2 * HOUR_MS;
/** Milliseconds without faults in which every program must end. */
const REST_MS = 300_000;
const STEP_MS = 5_000;
/** Milliseconds in which the leases of clients that are closed run out on the servers. */
const AFTERLIFE_MS = 120_000;

/** What the seed decides of a story, before it begins. */
interface Plan {
  readonly members: number;
  readonly workloads: readonly WorkloadName[];
  readonly faults: readonly Fault[];
  /** Milliseconds with faults. */
  readonly troubleMs: number;
  /** Nothing goes wrong, so nothing may fail. */
  readonly calm: boolean;
  /** There are users, and everybody has to sign in. */
  readonly guarded: boolean;
  readonly synced: boolean;
}

/** Plays one story: the same seed and options give the same one. */
export async function playStory(options: StoryOptions): Promise<Outcome> {
  const { seed, tell = () => {} } = options;
  const random = new SeededRandom(seed);
  const plan = planOf(options, random);
  const { members, workloads, faults, troubleMs, calm, guarded, synced } = plan;
  const sync = options.workload === 'uptime' ? SYNC_OF_DAYS : SYNC;
  const memory = new MemoryEtcd({ members, seed });
  if (guarded) await demandPasswords(memory);
  const credentials = guarded ? { auth: ROOT } : {};
  const admin = memory.client(credentials);
  const history = new History(memory.client(credentials));
  const scene = new Scene({
    ...{ memory, random, history, admin, tell, calm },
    clientOptions: { ...credentials, ...(synced && { endpointSync: sync }) },
  });
  const users = guarded ? ', with passwords' : '';
  scene.tell(
    `seed ${seed}: ${members} members, ${faults.length} faults${users}, ${workloads.join(', ')}`,
  );
  try {
    await memory.advance(STEP_MS);
    const checks: Check[] = workloads.map((name) => ALL_WORKLOADS[name](scene));
    await play(scene, faults, troubleMs);
    scene.end();
    await rest(scene);
    for (const check of checks) await check();
  } catch (error) {
    scene.violate(`the story broke off: ${describe(error)}`);
  }
  const simulatedMs = memory.now;
  await close(scene);
  return { violations: scene.violations, faults, operations: scene.operations, simulatedMs };
}

function planOf(options: StoryOptions, random: SeededRandom): Plan {
  const members = SIZES[random.below(SIZES.length)] ?? 1;
  const calm = random.below(CALM_ONE_OF) === 0;
  const guarded = random.below(GUARDED_ONE_OF) === 0;
  const synced = random.below(SYNCED_ONE_OF) === 0;
  const faultsSeed = random.below(2 ** 31);
  const { long = false, workload } = options;
  const names = Object.keys(WORKLOADS) as (keyof typeof WORKLOADS)[];
  const workloads: WorkloadName[] = [];
  while (workloads.length < (long ? WORKLOADS_OF_A_LONG_STORY : 1)) {
    workloads.push(...names.splice(random.below(names.length), 1));
  }
  const size = options.members ?? members;
  const chance = new SeededRandom(faultsSeed);
  const isOfDays = workload === 'uptime';
  const troubleMs = isOfDays ? daysOf(chance) : long ? TROUBLE_MS.long : TROUBLE_MS.short;
  const planned = (): readonly Fault[] =>
    isOfDays
      ? schedule(chance, troubleMs, size, PACE_OF_DAYS).filter(
          ({ atMs }) => atMs % DAY_MS < DAY_MS - CALM_EVENING_MS,
        )
      : schedule(chance, troubleMs, size, PACE);
  const faults = options.faults ?? (calm ? [] : planned());
  return {
    members: size,
    workloads: workload === undefined ? workloads : [workload],
    faults,
    troubleMs,
    calm: calm && faults.length === 0,
    guarded,
    synced,
  };
}

function daysOf(chance: SeededRandom): number {
  const { fewest, most } = UPTIME_HOURS;
  return (fewest + chance.below(most - fewest + 1)) * HOUR_MS;
}

/** Adds the administrator, and lets nobody in any more without a password. */
async function demandPasswords(memory: MemoryEtcd): Promise<void> {
  const anybody = memory.client();
  await anybody.auth.users.add(ROOT.username, ROOT.password);
  await anybody.auth.roles.add(ROOT.username).catch(() => {});
  await anybody.auth.users.grantRole(ROOT.username, ROOT.username);
  await anybody.auth.enable();
  await anybody.close();
}

/** Closes everything: nothing may be left behind. */
async function close(scene: Scene): Promise<void> {
  const { memory } = scene;
  const closed = memory.close().then(() => 'closed');
  await memory.advance(STEP_MS).catch(() => {});
  if ((await Promise.race([closed, memory.idle().then(() => 'idle')])) !== 'closed') {
    scene.violate('the clients do not close');
  }
  if (scene.listeners > 0) scene.violate(`${scene.listeners} listeners are left on a signal`);
  await memory.advance(AFTERLIFE_MS).catch(() => {});
  const { pending } = scene.clock;
  if (pending > 0) {
    scene.violate(`${pending} timers are left when all clients are closed`);
  }
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

/**
 * Takes away bad moments as long as the story still goes wrong; returns the ones that are needed.
 *
 * @param goesWrong plays the story with these
 */
export async function shrink(
  faults: readonly Fault[],
  goesWrong: (faults: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[]> {
  let needed = faults;
  for (let size = Math.ceil(needed.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < needed.length; ) {
      const without = [...needed.slice(0, from), ...needed.slice(from + size)];
      if (await goesWrong(without)) needed = without;
      else from += size;
    }
  }
  return needed;
}
