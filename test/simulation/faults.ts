import type { SeededRandom } from '../../src/testing/memory/world/random.js';
import type { Scene } from './scene.js';

/** One bad moment: at a time, for a time. */
export interface Fault {
  readonly kind: keyof typeof KINDS;
  /** Milliseconds after the beginning. */
  readonly atMs: number;
  /** Milliseconds until it ends, where it lasts. */
  readonly forMs: number;
  /** Chance for its details: the member, the client, the direction. */
  readonly roll: number;
}

/** Begins a fault; returns the function that ends it, where it lasts. */
type Begin = (scene: Scene, roll: number) => (() => void) | undefined;

const LOST_REPLIES = 3;
const TORN_REPLIES = 4;
/** Makes another whole number of a chance that has chosen something already. */
const MANY = 997;
const LONGEST_DELAY_MS = 400;
/** The wall clock is set forward by two thirds of this at most, and back by one. */
const LONGEST_JUMP_MS = 30_000;
const LEARNER_PORT = 2_380;

const member = (scene: Scene, roll: number) => {
  const { members } = scene.memory;
  return members[Math.floor(roll * members.length)];
};
const network = (scene: Scene, roll: number) =>
  scene.networks[Math.floor(roll * scene.networks.length)];

const DIRECTIONS = ['toServer', 'toClient', 'both'] as const;

/** The kinds of faults. */
const KINDS = {
  stop(scene, roll) {
    const one = member(scene, roll);
    one?.stop();
    return () => one?.start();
  },
  isolate(scene, roll) {
    const one = member(scene, roll);
    one?.isolate();
    return () => one?.rejoin();
  },
  lag(scene, roll) {
    const one = member(scene, roll);
    // A leader applies what it proposes: only a follower can stay behind.
    if (one?.isLeader !== false) return undefined;
    one.lag();
    return () => one.rejoin();
  },
  cut(scene, roll) {
    network(scene, roll)?.cut();
    return undefined;
  },
  cutAll(scene) {
    scene.memory.faults.cut();
    return undefined;
  },
  freeze(scene, roll) {
    const one = network(scene, roll);
    if (one === undefined) return undefined;
    one.freeze(DIRECTIONS[Math.floor(roll * MANY) % DIRECTIONS.length]);
    return () => scene.heal(one);
  },
  delay(scene, roll) {
    const one = network(scene, roll);
    if (one === undefined) return undefined;
    one.delay(1 + Math.floor(roll * LONGEST_DELAY_MS));
    return () => scene.heal(one);
  },
  /** Connections break in the middle of answers. */
  tear(scene, roll) {
    network(scene, roll)?.tearReplies(1 + (Math.floor(roll * MANY) % TORN_REPLIES));
    return undefined;
  },
  /** The network forgets the connections of a client: they are half-open, and new ones can be made. */
  forget(scene, roll) {
    network(scene, roll)?.forgetConnections();
    return undefined;
  },
  /** The process of a client stands still, as one that is stopped or busy. */
  stall(scene, roll) {
    const process = scene.processes[Math.floor(roll * scene.processes.length)];
    process?.stall();
    return () => process?.resume();
  },
  loseReplies(scene, roll) {
    network(scene, roll)?.loseReplies(1 + Math.floor(roll * LOST_REPLIES));
    return undefined;
  },
  /** All tokens run out; without a password there are none. */
  expireTokens(scene) {
    scene.memory.expireTokens();
    return undefined;
  },
  /** The rights of users are changed, so that the tokens of before are too old. */
  changeRights(scene) {
    scene.administer('change rights', ({ auth }) => auth.roles.add(`role ${scene.memory.now}`));
    return undefined;
  },
  /** Somebody sets the wall clock of all clients forward, as after sleep, or back. */
  setClock(scene, roll) {
    scene.clock.setWall(Math.round((roll - 1 / 3) * LONGEST_JUMP_MS));
    return undefined;
  },
  /** A member without a vote joins, and is taken out again. */
  learner(scene) {
    const { memory } = scene;
    const before = new Set(memory.members);
    scene.administer('add a learner', async ({ cluster }) => {
      await cluster.addLearner(`http://learner.memory:${LEARNER_PORT}`);
      for (const one of memory.members) if (!before.has(one)) one.start();
    });
    return () =>
      scene.administer('remove the learner', async ({ cluster }) => {
        for (const one of memory.members) if (one.isLearner) await cluster.remove(one.id);
      });
  },
  /** The leader hands over to another member. */
  moveLeader(scene, roll) {
    const one = member(scene, roll);
    if (one === undefined || one.isLeader) return undefined;
    scene.administer('move the leader', ({ maintenance }) => maintenance.moveLeader(one.id));
    return undefined;
  },
  compact(scene) {
    scene.compactBehind();
    return undefined;
  },
} satisfies Record<string, Begin>;

const NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

/** Kinds that need several members. */
const OF_SEVERAL: ReadonlySet<string> = new Set(['isolate', 'lag', 'moveLeader']);
const OF_ONE = NAMES.filter((name) => !OF_SEVERAL.has(name));

/** How often there are bad moments, and how long they are. */
export interface Pace {
  /** Milliseconds between two faults: at most twice this. */
  readonly everyMs: number;
  readonly longestMs: number;
}

/** Makes the bad moments of a story, from its seed. */
export function schedule(
  random: SeededRandom,
  lastMs: number,
  members: number,
  { everyMs, longestMs }: Pace,
): readonly Fault[] {
  const kinds = members === 1 ? OF_ONE : NAMES;
  const faults: Fault[] = [];
  for (let atMs = 0; ; ) {
    atMs += 1 + random.below(2 * everyMs);
    const kind = kinds[random.below(kinds.length)] ?? 'cut';
    const fault = { kind, atMs, forMs: 1 + random.below(longestMs), roll: random.next() };
    if (atMs >= lastMs) return faults;
    faults.push(fault);
  }
}

/** Plays the bad moments, and ends all of them at the end. */
export async function play(scene: Scene, faults: readonly Fault[], lastMs: number): Promise<void> {
  const { memory } = scene;
  const happenings = faults.flatMap((fault) => [
    { atMs: fault.atMs, fault, begins: true },
    { atMs: Math.min(lastMs, fault.atMs + fault.forMs), fault, begins: false },
  ]);
  happenings.sort((a, b) => a.atMs - b.atMs);
  const ends = new Map<Fault, () => void>();
  const start = memory.now;
  for (const { atMs, fault, begins } of happenings) {
    const waitMs = start + atMs - memory.now;
    if (waitMs > 0) await memory.advance(waitMs);
    if (begins) {
      const begin: Begin = KINDS[fault.kind];
      const end = begin(scene, fault.roll);
      scene.tell(`fault: ${fault.kind}${end === undefined ? '' : ` for ${fault.forMs} ms`}`);
      if (end !== undefined) ends.set(fault, end);
    } else {
      ends.get(fault)?.();
    }
  }
  const left = start + lastMs - memory.now;
  if (left > 0) await memory.advance(left);
  for (const one of scene.networks) scene.heal(one);
  memory.faults.heal();
  for (const one of memory.members) {
    one.start();
    one.rejoin();
  }
  scene.tell('all faults have ended');
}
