import { setTimeout as delay } from 'node:timers/promises';
import { Cache } from '../../../src/cache/index.js';
import { type StmIsolation, stm } from '../../../src/concurrency/index.js';
import { EtcdError } from '../../../src/index.js';
import { StateHistory } from '../state-history.js';
import { randomTransaction, replayTransactions } from '../stm-history.js';
import type { Place, Recipe, Report } from './recipe.js';

const LEVELS: readonly StmIsolation[] = [
  'serializable-snapshot',
  'serializable',
  'repeatable-reads',
  'read-committed',
];
const FINE = 1_000_000;

let transactions = 0;

/** Transactions are as if they had run one after the other, and each caller was told what became of his. */
export const transaction: Recipe = {
  passing: [],
  async turn({ client, prefix, worker, roll, tell }) {
    transactions += 1;
    const id = `${worker}.${process.pid}.${transactions}`;
    const isolation = LEVELS[roll(LEVELS.length)] as StmIsolation;
    const random = () => roll(FINE) / FINE;
    const plan = { client, prefix, id, isolation, random };
    try {
      await stm(client, (tx) => randomTransaction(tx, plan), { isolation });
      tell('transaction', { id, outcome: 'done' });
    } catch (error) {
      if (error instanceof EtcdError) tell('transaction', { id, outcome: error.outcome });
      throw error;
    }
  },
  check({ history, reports }) {
    const { committed, violations } = replayTransactions(history);
    const known = new Set(committed);
    const wrong = reports
      .filter(({ kind }) => kind === 'transaction')
      .filter(({ id, outcome }) => {
        if (outcome === 'unknown') return false;
        return known.has(String(id)) !== (outcome === 'done');
      });
    return [
      ...violations,
      ...(known.size < committed.length ? ['a transaction was committed twice'] : []),
      ...wrong.map(({ id, outcome }) => `${id} was told as ${outcome}, and it was not so`),
    ];
  },
};

const DATA = 'data/';
const KEYS = 8;
const LOOKS = 12;
const BETWEEN_LOOKS_MS = 60;
const PATIENCE_MS = 5_000;

let caches = 0;

/** Each state of a cache is one that the store had, in order, and `sync()` brings what was written before. */
export const cache: Recipe = {
  passing: [],
  async turn(place) {
    if (place.roll(3) > 0) await writeSome(place);
    else await followFor(place);
  },
  check({ history, reports }) {
    const states = new StateHistory();
    for (const { revision, changes } of history) {
      states.note(
        revision,
        changes.filter(({ key }) => key.startsWith(DATA)),
      );
    }
    return [...checkStates(reports, states), ...checkSyncs(reports)];
  },
};

async function writeSome({ client, prefix, worker, roll }: Place): Promise<bigint> {
  const { op } = client;
  const keys = new Set(Array.from({ length: 1 + roll(3) }, () => `${prefix}${DATA}${roll(KEYS)}`));
  const ops = [...keys].map((key) =>
    roll(4) === 0 ? op.delete(key) : op.put(key, `${worker}.${roll(FINE)}`),
  );
  const { header } = await client
    .txn()
    .then(...ops)
    .commit();
  return header.revision;
}

async function followFor(place: Place): Promise<void> {
  const { client, prefix, roll, tell } = place;
  caches += 1;
  const id = `${process.pid}.${caches}`;
  await using cache = await Cache.open(client.namespace(prefix).prefix(DATA), {
    timeoutMs: PATIENCE_MS,
  });
  const look = (): void => {
    const state = [...cache].map(({ key, value }) => `${key}=${value}`).join();
    tell('state', { cache: id, revision: String(cache.revision), state });
  };
  look();
  cache.on('change', look);
  for (let round = 0; round < LOOKS && !place.isEnding; round += 1) {
    await delay(BETWEEN_LOOKS_MS);
    look();
    if (roll(3) > 0) continue;
    const written = await writeSome(place);
    await cache.sync({ timeoutMs: PATIENCE_MS });
    tell('synced', { written: String(written), revision: String(cache.revision) });
    look();
  }
}

function checkStates(reports: readonly Report[], states: StateHistory): string[] {
  const violations: string[] = [];
  const last = new Map<unknown, bigint>();
  for (const { kind, cache, revision, state } of reports) {
    if (kind !== 'state') continue;
    const at = BigInt(String(revision));
    const before = last.get(cache) ?? 0n;
    last.set(cache, at);
    if (at < before) violations.push(`the cache ${cache} went back from ${before} to ${at}`);
    const was = states.at(at);
    if (state !== was) violations.push(`at ${at} the cache showed ${state}, and there was ${was}`);
  }
  return violations;
}

function checkSyncs(reports: readonly Report[]): string[] {
  return reports
    .filter(({ kind }) => kind === 'synced')
    .filter(({ written, revision }) => BigInt(String(revision)) < BigInt(String(written)))
    .map(({ written, revision }) => `after sync() a cache was at ${revision}, behind ${written}`);
}
