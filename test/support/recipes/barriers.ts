import { setTimeout as delay } from 'node:timers/promises';
import { Barrier, DoubleBarrier } from '../../../src/concurrency/index.js';
import { KeyExistsError } from '../../../src/index.js';
import type { Recipe } from './recipe.js';

const GATE = 'gate';
const PASSED = 'passed';
const HELD_MS = 150;
const PATIENCE_MS = 4_000;
const PHASE = 'phase';
const PARTICIPANTS = 2;

/** Nobody passes while it is held all the time. Everybody holds and releases it now and then. */
export const barrier: Recipe = {
  passing: [],
  async turn({ client, prefix, roll }) {
    const gate = new Barrier(client, prefix + GATE);
    if (roll(3) === 0) {
      await gate.hold().catch((error) => {
        if (!(error instanceof KeyExistsError)) throw error;
      });
      await delay(HELD_MS);
      await gate.release();
      return;
    }
    const { header } = await client.range(prefix + GATE).all();
    await gate.wait({ timeoutMs: PATIENCE_MS });
    await client.put(prefix + PASSED, String(header.revision));
  },
  check({ history }) {
    const violations: string[] = [];
    /** The revision since which it is held. */
    let heldSince: bigint | undefined;
    for (const { revision, changes } of history) {
      for (const { key, value } of changes) {
        if (key === GATE) heldSince = value === undefined ? undefined : (heldSince ?? revision);
        if (key !== PASSED || value === undefined || heldSince === undefined) continue;
        if (heldSince <= BigInt(value)) {
          violations.push(
            `at ${revision} one passed that had come at ${value}; it was held all along`,
          );
        }
      }
    }
    return violations;
  },
};

/** A round begins when all have come, and ends when all have left. */
export const doubleBarrier: Recipe = {
  passing: [`${PHASE}/waiters/`],
  async turn(place) {
    const { client, prefix } = place;
    const barrier = new DoubleBarrier(await place.session(), prefix + PHASE, PARTICIPANTS);
    const part = await barrier.enter({ timeoutMs: PATIENCE_MS });
    const token = String(part.fencingToken);
    try {
      await client
        .txn()
        .if(part.ownership())
        .then(client.op.put(`${prefix}in`, token))
        .commit();
    } finally {
      // Whoever stays inside keeps all others there, for as long as its session lives.
      await barrier.leave({ timeoutMs: PATIENCE_MS });
    }
    await client.put(`${prefix}out`, token);
  },
  check({ history }) {
    const violations: string[] = [];
    const waiters = new Map<string, bigint>();
    /** Revisions at which rounds were opened. */
    const opened: bigint[] = [];
    let ready = 0n;
    const roundOf = (token: bigint) => opened.find((at) => at > token);
    for (const { revision, changes } of history) {
      for (const { key, value, isNew } of changes) {
        if (key === `${PHASE}/ready`) {
          if (value !== undefined) {
            const present = [...waiters.values()].filter((created) => created > ready);
            if (present.length < PARTICIPANTS) {
              violations.push(
                `at ${revision} a round was opened with ${present.length} participants`,
              );
            }
            opened.push(revision);
          }
          ready = value === undefined ? 0n : revision;
        } else if (key.startsWith(`${PHASE}/waiters/`)) {
          if (value === undefined) waiters.delete(key);
          else if (isNew) waiters.set(key, revision);
        } else if (value !== undefined) {
          const round = roundOf(BigInt(value));
          const inside = [...waiters.values()].filter((created) => created < (round ?? 0n));
          if (round === undefined) {
            violations.push(
              `at ${revision} the one of ${value} was ${key} a round that was not opened`,
            );
          } else if (key === 'out' && inside.length > 0) {
            violations.push(
              `at ${revision} the one of ${value} had left, and ${inside} were inside`,
            );
          }
        }
      }
    }
    return violations;
  },
};
