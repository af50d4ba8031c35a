import { abortedError, describeKey, TimeoutError } from '../errors/index.js';
import { type BackoffShape, backoffDelay } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { Deadline } from '../internal/deadline.js';
import { delay } from '../internal/delay.js';
import type { Key } from '../keys/index.js';
import type { KeyValue, LeaseRef, PutResult } from '../kv/index.js';
import type { CallOptions } from '../transport/transport.js';
import type { CompareFactory, Ops, Txn } from '../txn/index.js';
import type { ViewContext } from './context.js';

/** The options of `create`. */
export interface CreateOptions extends CallOptions {
  /** Attaches the key to this lease: a handle or an id. */
  readonly lease?: LeaseRef | undefined;
}

/** The options of `update`. */
export interface UpdateOptions extends CallOptions {
  /** Attaches the key to this lease. Default: the key keeps the lease it has. */
  readonly lease?: LeaseRef | undefined;
}

/** Makes the new value from the present one, which is `undefined` when the key is missing. */
export type Updater<Out, In> = (
  current: Out | undefined,
  kv: KeyValue<Out> | undefined,
) => In | Promise<In>;

/** What an update needs of its view. */
export interface UpdatableView<Out, In> {
  readonly op: Ops<Out, In>;
  readonly compare: CompareFactory<In>;
  txn(): Txn;
  get(key: Key, options?: CallOptions): Promise<KeyValue<Out> | undefined>;
}

/** Pauses between rounds: a conflict is over as soon as the other writer is done. */
const BACKOFF: BackoffShape = { initialMs: 2, maxMs: 100 };

/**
 * Compare and swap, again and again until nobody came between the read and the write.
 *
 * Only a conflict makes another round. A write with an unknown outcome rejects: it may have been
 * applied, and another round would apply the function twice.
 */
export async function update<Out, In>(
  { clock, timeoutMs }: ViewContext,
  view: UpdatableView<Out, In>,
  key: Key,
  updater: Updater<Out, In>,
  { lease, ...call }: UpdateOptions,
): Promise<PutResult<Out>> {
  const { op, compare } = view;
  const deadline = Deadline.in(clock, call.timeoutMs ?? timeoutMs);
  const inTime = (): CallOptions => ({ ...call, timeoutMs: deadline.asTimeoutMs ?? 0 });
  let current = await view.get(key, inTime());
  for (let round = 0; ; round++) {
    const next = await updater(current?.value, current);
    const kept = current !== undefined && current.lease !== 0n && lease === undefined;
    const result = await view
      .txn()
      .if(compare(key).modRevision('==', current?.modRevision ?? 0n))
      .then(op.put(key, next, kept ? { ignoreLease: true } : { lease }))
      .else(op.get(key))
      .commit(inTime());
    if (result.succeeded) return result.results[0];
    current = result.results[0];
    const pause = backoffDelay(round, BACKOFF, clock);
    if (deadline.remainingMs <= pause) throw stillContended(key, round + 1);
    await pauseFor(clock, pause, call.signal);
  }
}

/** A pause that the caller's signal ends; nothing of the next round was sent yet. */
async function pauseFor(clock: Clock, pauseMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(clock, pauseMs, signal);
  } catch (reason) {
    throw abortedError(reason, { method: 'KV.Txn', outcome: 'not-applied' });
  }
}

function stillContended(key: Key, rounds: number): TimeoutError {
  return new TimeoutError(
    `the key ${describeKey(key)} was changed by others in each of ${rounds} rounds`,
    {
      method: 'KV.Txn',
      outcome: 'not-applied',
      retryable: true,
    },
  );
}
