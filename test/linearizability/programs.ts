import { setTimeout as delay } from 'node:timers/promises';
import { type EtcdClient, EtcdError } from 'etcd-kit';
import { Mutex, Session } from 'etcd-kit/concurrency';
import type { Histories } from './histories.js';
import type { LockInput, LockOutput, RegisterInput, RegisterOutput } from './models.js';
import type { Ending } from './operation.js';

/** The stage on which the programs of clients play. */
export interface Stage {
  /** Numbers from 0 up to, not including, 1. */
  random(): number;
  /** Programs end when it aborts. */
  readonly over: AbortSignal;
}

/** Short, so that faults leave operations without an answer. */
const CALL_TIMEOUT_MS = 2_000;
const BETWEEN_CALLS_MS = 30;
const TTL_SECONDS = 3;
const LOCK_TIMEOUT_MS = 8_000;
const MOST_COUNTS = 3;
/** A session that could not be made is tried again after this. */
const AFTER_FAILURE_MS = 300;

/** Reads and writes registers, some of them on a condition, until it is over. */
export async function useRegisters(
  etcd: EtcdClient,
  client: number,
  histories: Histories<unknown, RegisterInput, RegisterOutput>,
  places: number,
  { random, over }: Stage,
): Promise<void> {
  const options = { timeoutMs: CALL_TIMEOUT_MS };
  const seen: (string | undefined)[] = [];
  let serial = 0;
  while (!over.aborted) {
    const place = Math.floor(random() * places);
    const { name, recorder } = histories.use(place);
    const value = `${client}.${++serial}`;
    const input = inputOf(random(), value, seen[place]);
    const ending = recorder.begin(client, input);
    const readsOnly = input.kind === 'read';
    const output = await ended(ending, readsOnly, async (): Promise<RegisterOutput> => {
      switch (input.kind) {
        case 'read':
          return { kind: 'read', value: (await etcd.get(name, options))?.value };
        case 'write':
          await etcd.put(name, input.value, options);
          return { kind: 'done' };
        case 'delete':
          await etcd.delete(name, options);
          return { kind: 'done' };
        case 'swap':
          return { kind: 'swap', swapped: await swap(etcd, name, input.from, input.to, options) };
      }
    });
    if (output?.kind === 'read') seen[place] = output.value;
    await delay(random() * BETWEEN_CALLS_MS);
  }
}

/** Four of ten are reads: they are what shows a wrong order. */
function inputOf(chance: number, value: string, seen: string | undefined): RegisterInput {
  if (chance < 0.4) return { kind: 'read' };
  if (chance < 0.65) return { kind: 'write', value };
  if (chance < 0.95) return { kind: 'swap', from: seen, to: value };
  return { kind: 'delete' };
}

async function swap(
  etcd: EtcdClient,
  key: string,
  from: string | undefined,
  to: string,
  options: { readonly timeoutMs: number },
): Promise<boolean> {
  const { compare, op } = etcd;
  const condition = from === undefined ? compare(key).missing() : compare(key).value('==', from);
  const { succeeded } = await etcd.txn().if(condition).then(op.put(key, to)).commit(options);
  return succeeded;
}

/** Takes a lock and counts under it, again and again, until it is over. */
export async function useLock(
  etcd: EtcdClient,
  client: number,
  histories: Histories<unknown, LockInput, LockOutput>,
  { random, over }: Stage,
): Promise<void> {
  while (!over.aborted) {
    try {
      await using session = await Session.create(etcd, {
        ttlSeconds: TTL_SECONDS,
        timeoutMs: LOCK_TIMEOUT_MS,
      });
      while (!over.aborted && !session.signal.aborted) {
        await countUnderLock(session, etcd, client, histories, random);
        await delay(random() * BETWEEN_CALLS_MS);
      }
    } catch (error) {
      if (!isFailure(error)) throw error;
      await delay(AFTER_FAILURE_MS);
    }
  }
}

async function countUnderLock(
  session: Session,
  etcd: EtcdClient,
  client: number,
  histories: Histories<unknown, LockInput, LockOutput>,
  random: () => number,
): Promise<void> {
  const { name, recorder } = histories.use(0);
  const options = { timeoutMs: CALL_TIMEOUT_MS };
  const locking = recorder.begin(client, { kind: 'lock' });
  const held = await new Mutex(session, name)
    .acquire({ timeoutMs: LOCK_TIMEOUT_MS })
    .catch((error) => {
      // One who does not know whether he has the lock does nothing under it.
      locking.nothing();
      throw error;
    });
  locking.returned({ kind: 'lock', token: held.fencingToken });
  try {
    for (let left = 1 + Math.floor(random() * MOST_COUNTS); left > 0; left -= 1) {
      const from = Number((await etcd.get(`count/${name}`, options))?.value ?? 0);
      const to = from + 1;
      const token = held.fencingToken;
      const counting = recorder.begin(client, { kind: 'count', token, from, to });
      const output = await ended(counting, false, async (): Promise<LockOutput> => {
        const { succeeded } = await etcd
          .txn()
          .if(held.ownership())
          .then(etcd.op.put(`count/${name}`, String(to)))
          .commit(options);
        return { kind: 'count', written: succeeded };
      });
      // After a write that may still come nothing else may be written under the same token.
      if (output?.kind !== 'count' || !output.written) break;
      await delay(random() * BETWEEN_CALLS_MS);
    }
  } finally {
    await held.release({ timeoutMs: LOCK_TIMEOUT_MS });
  }
}

/** Carries out an operation and notes its end; returns its answer, if there is one. */
async function ended<Output>(
  ending: Ending<Output>,
  readsOnly: boolean,
  act: () => Promise<Output>,
): Promise<Output | undefined> {
  try {
    const output = await act();
    ending.returned(output);
    return output;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    if (error.outcome === 'unknown' && !readsOnly) ending.unknown();
    else ending.nothing();
    return undefined;
  }
}

/** Returns whether an error is a failure of etcd: the end of an `await using` may bring two as one. */
function isFailure(error: unknown): boolean {
  if (error instanceof Error && error.name === 'SuppressedError') {
    return isFailure(Reflect.get(error, 'suppressed')) && isFailure(Reflect.get(error, 'error'));
  }
  return error instanceof EtcdError;
}
