import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { EtcdClient } from '../../../src/index.js';
import type { MemoryEtcd } from '../../../src/testing/index.js';
import { type Operation, operation } from './operations.js';
import { type History, perform, type Result } from './perform.js';

/** Times that a hash is asked for, and the time that a compaction has meanwhile. */
const HASHES = 20;
const COMPACTION_MS = 200;

/** Operations that are generated at once. */
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
  readonly operation: Operation;
  readonly real: Result;
  readonly memory: Result;
}

/**
 * Does generated operations to both servers, one after the other, and stops at the first difference.
 *
 * @returns the difference; `undefined` when there was none
 */
export async function firstDifference(
  twins: Twins,
  count: number,
  seed: number,
): Promise<Difference | undefined> {
  for (let done = 0; done < count; ) {
    const batch = fc.sample(operation, {
      numRuns: Math.min(BATCH, count - done),
      seed: seed + done,
    });
    for (const each of batch) {
      const difference = await compare(twins, each);
      if (difference !== undefined) return { ...difference, index: done };
      done += 1;
    }
  }
  return undefined;
}

async function compare(
  { real, memory, inMemory }: Twins,
  each: Operation,
): Promise<Omit<Difference, 'index'> | undefined> {
  const latest = memory.revision;
  const inMemoryResult = await perform(inMemory, each, { latest });
  const expected = each.kind === 'watch' ? historyOf(inMemoryResult) : undefined;
  let realResult = await perform(real, each, { latest, expected });
  const isEqual = (): boolean => isDeepStrictEqual(plain(realResult), plain(inMemoryResult));
  // A server removes in the background what was compacted, and 3.4 hashes what it has not removed yet.
  for (let asked = 1; each.kind === 'hashKv' && asked < HASHES && !isEqual(); asked += 1) {
    await delay(COMPACTION_MS);
    realResult = await perform(real, each, { latest });
  }
  if (isEqual()) return undefined;
  return { operation: each, real: realResult, memory: inMemoryResult };
}

function historyOf(result: Result): History | undefined {
  return 'answer' in result ? (result.answer as History) : undefined;
}

/** The result as plain values: what class an object is of, and which fields are not there, does not matter. */
function plain(result: Result): unknown {
  return JSON.parse(show(result));
}

/** A difference in words, for a report. */
export function describeDifference({ index, operation: each, real, memory }: Difference): string {
  return [
    `operation ${index}: ${show(each)}`,
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
