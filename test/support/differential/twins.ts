import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { EtcdClient } from '../../../src/index.js';
import type { MemoryEtcd } from '../../../src/testing/index.js';
import { type History, perform, type Result } from './perform.js';
import { type Step, stepsOfNobody, stepsOfUsers } from './steps.js';

/** Times that a hash is asked for, and the time that a compaction has meanwhile. */
const HASHES = 20;
const COMPACTION_MS = 200;

/** The most operations that are generated at once: with authentication and without it by turns. */
const BATCH = 500;

/** A real server and one in memory to which the same is done. */
export interface Twins {
  readonly real: EtcdClient;
  readonly memory: MemoryEtcd;
  readonly inMemory: EtcdClient;
}

/** Something that the two servers did differently. */
export interface Difference {
  readonly index: number;
  readonly step: Step;
  readonly real: Result;
  readonly memory: Result;
}

/** The last token of each user on one of the servers. */
type Tokens = Map<string, string>;

/** Differences after which a comparison ends: what one leaves behind may make the next. */
const MOST_DIFFERENCES = 5;

/** The steps of a comparison in their order: half of them of users, also when there are few. */
export function* stepsOf(count: number, seed: number): Generator<Step> {
  const size = Math.min(BATCH, Math.ceil(count / 2));
  for (let done = 0, batch = 0; done < count; batch += 1) {
    const generate = batch % 2 === 0 ? stepsOfNobody : stepsOfUsers;
    const steps = generate(Math.min(size, count - done), seed + batch);
    yield* steps;
    done += steps.length;
  }
}

/** Does generated operations to both servers, one after the other; answers what they did differently. */
export async function differencesOf(
  twins: Twins,
  count: number,
  seed: number,
): Promise<readonly Difference[]> {
  const comparison = new Comparison(twins);
  const differences: Difference[] = [];
  let index = 0;
  for (const step of stepsOf(count, seed)) {
    const difference = await comparison.of(step);
    if (difference !== undefined) differences.push({ ...difference, step, index });
    if (differences.length === MOST_DIFFERENCES) break;
    index += 1;
  }
  return differences;
}

/** Two servers that are compared, with the tokens that each has given out. */
class Comparison {
  readonly #twins: Twins;
  readonly #realTokens: Tokens = new Map();
  readonly #memoryTokens: Tokens = new Map();

  constructor(twins: Twins) {
    this.#twins = twins;
  }

  /** The results of a step, if they differ. */
  async of({ operation, as }: Step): Promise<Pick<Difference, 'real' | 'memory'> | undefined> {
    const { real, memory, inMemory } = this.#twins;
    const latest = memory.revision;
    const memoryResult = await perform(inMemory, operation, {
      latest,
      as,
      tokens: this.#memoryTokens,
    });
    const expected = operation.kind === 'watch' ? historyOf(memoryResult) : undefined;
    const ask = () => perform(real, operation, { latest, expected, as, tokens: this.#realTokens });
    let realResult = await ask();
    const isEqual = (): boolean => isDeepStrictEqual(plain(realResult), plain(memoryResult));
    // A server removes in the background what was compacted, and 3.4 hashes what it has not removed yet.
    for (let asked = 1; operation.kind === 'hashKv' && asked < HASHES && !isEqual(); asked += 1) {
      await delay(COMPACTION_MS);
      realResult = await ask();
    }
    return isEqual() ? undefined : { real: realResult, memory: memoryResult };
  }
}

function historyOf(result: Result): History | undefined {
  return 'answer' in result ? (result.answer as History) : undefined;
}

/** The result as plain values: what class an object is of, and which fields are not there, does not matter. */
function plain(result: Result): unknown {
  return JSON.parse(show(result));
}

/** A difference in words, for a report. */
export function describeDifference({ index, step, real, memory }: Difference): string {
  return [
    `operation ${index}, as ${step.as ?? 'nobody'}: ${show(step.operation)}`,
    `real:   ${show(real)}`,
    `memory: ${show(memory)}`,
  ].join('\n');
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    if (inner instanceof Uint8Array) return `0x${Buffer.from(inner).toString('hex')}`;
    return inner;
  });
}
