import type { EtcdClient } from '../client.js';
import { asOperation, outsideOperation } from '../diagnostics/operation.js';
import {
  abortedError,
  addCallerStack,
  checkFunction,
  checkKnownOptions,
  checkNonNegativeInteger,
  checkPositiveInteger,
  checkSignal,
  EtcdError,
  invalidArgument,
  type Outcome,
} from '../errors/index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { ignore, quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { hostName } from '../internal/host-name.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { sharedController } from '../internal/shared-signal.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { Election } from './election.js';
import type { Leadership } from './leadership.js';
import { checkName } from './lock-key.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';
import { Session } from './session.js';

/** Options of `runAsLeader`. */
export interface RunAsLeaderOptions {
  /** Ends it: the lead is resigned, and it rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds until another one leads after this process died. Default: 60, as for a session. */
  readonly ttlSeconds?: number | undefined;
  /** The text that `observe` and `leader` tell of this candidate. Default: the name of the host. */
  readonly proposal?: string | undefined;
  /**
   * Milliseconds that the function has to end after `signal` has aborted; then the lead is resigned all the
   * same. Default: 5,000. 0 resigns at once.
   */
  readonly graceMs?: number | undefined;
}

type Work<T> = (leadership: Leadership, signal: AbortSignal) => T | Promise<T>;

/** The default of `graceMs`: long enough for a request under way, and shorter than what ends processes by force. */
const DEFAULT_GRACE_MS = 5_000;
/** Longest time in milliseconds that a resignation may hold up a result. */
const RESIGN_TIMEOUT_MS = 5_000;
/** Pauses after a lead that was lost, and after a candidacy that failed. */
const BACKOFF: BackoffShape = { initialMs: 100, maxMs: 5_000 };

/** Ends of a candidacy after which a new session may fare better. */
const LOSSES: ReadonlySet<string> = new Set(['SESSION_LOST', 'NOT_LEADER', 'LEASE_NOT_FOUND']);

/**
 * Runs a function in one process of many: the one that leads the election. It campaigns with a session of
 * its own, runs the function, and resigns when that has ended. When the lead is lost, it campaigns again
 * and runs the function again. So it is right for what goes on as long as the process lives, and for
 * what must have been done once.
 *
 * The signal that the function gets aborts when the lead is lost or cannot be trusted. The function must
 * end then: before it has, this process does not campaign again, and another one leads already.
 *
 * When `signal` aborts, the function has `graceMs` to end; then the lead is resigned. Its own signal aborts at
 * once, so that it can end in good order while nobody else leads.
 *
 * @returns what the function returns as the leader; what it returns after a loss is ignored
 * @throws what the function throws as the leader; what it throws after a loss is ignored
 * @throws AbortError when `signal` aborts; ClientClosedError when the client is closed
 * @throws EtcdError when the servers refuse a candidacy, such as `PERMISSION_DENIED`
 *
 * @example
 * await runAsLeader(etcd, 'cron', async (leadership, signal) => {
 *   while (!signal.aborted) await doWhatIsDue(leadership.ownership(), signal);
 * }, { signal: shutdown.signal, ttlSeconds: 15 });
 */
export async function runAsLeader<T>(
  etcd: EtcdClient,
  name: string,
  fn: (leadership: Leadership, signal: AbortSignal) => T | Promise<T>,
  options: RunAsLeaderOptions = {},
): Promise<T> {
  checkArguments(etcd, name, fn, options);
  let outcome: Outcome = 'not-sent';
  using stop = new LinkedSignal({
    signals: [options.signal],
    abortReason: (reason) => abortedError(reason, { method: `runAsLeader(${name})`, outcome }),
    controller: sharedController(),
  });
  try {
    stop.signal.throwIfAborted();
    outcome = 'unknown';
    return await asOperation('runAsLeader', () => lead(etcd, name, fn, options, stop.signal));
  } catch (error) {
    throw addCallerStack(error);
  }
}

function checkArguments(
  etcd: EtcdClient,
  name: string,
  fn: unknown,
  options: RunAsLeaderOptions,
): void {
  if (typeof (etcd as Partial<EtcdClient> | undefined)?.lease?.grant !== 'function') {
    throw invalidArgument('etcd', etcd, 'a client, as await EtcdClient.connect(options) gives it');
  }
  checkName(name, 'an election');
  if (fn === undefined) throw invalidArgument('fn', fn, 'a function');
  checkFunction('fn', fn);
  checkKnownOptions('options', options, {
    signal: true,
    ttlSeconds: true,
    proposal: true,
    graceMs: true,
  });
  const { signal, ttlSeconds, proposal, graceMs } = options;
  checkSignal('signal', signal);
  if (ttlSeconds !== undefined) checkPositiveInteger('ttlSeconds', ttlSeconds);
  if (proposal !== undefined && typeof proposal !== 'string') {
    throw invalidArgument('proposal', proposal, 'a string');
  }
  if (graceMs !== undefined) checkNonNegativeInteger('graceMs', graceMs);
}

async function lead<T>(
  etcd: EtcdClient,
  name: string,
  fn: Work<T>,
  { ttlSeconds, proposal = hostName(), graceMs = DEFAULT_GRACE_MS }: RunAsLeaderOptions,
  stop: AbortSignal,
): Promise<T> {
  const clock = clockOf(etcd);
  const backoff = new Backoff(BACKOFF, clock);
  for (;;) {
    const session = await retryUntilAnswered(
      clock,
      () => Session.create(etcd, { ttlSeconds, signal: stop, timeoutMs: ATTEMPT_TIMEOUT_MS }),
      stop,
    ).catch((error) => {
      throw stop.aborted ? stop.reason : error;
    });
    try {
      const leadership = await campaign(new Election(session, name), proposal, stop);
      if (leadership !== undefined) {
        backoff.reset();
        const term = await work(leadership, fn, { stop, clock, graceMs });
        if (term !== undefined) return term.result;
      }
    } finally {
      // With the lease goes the key: the next one leads at once.
      await session.close({ timeoutMs: RESIGN_TIMEOUT_MS }).catch(ignore);
    }
    await delay(clock, backoff.next(), stop);
  }
}

/** Campaigns; `undefined` when the candidacy was lost before it was won. */
async function campaign(
  election: Election,
  proposal: string,
  stop: AbortSignal,
): Promise<Leadership | undefined> {
  try {
    return await election.campaign(proposal, { signal: stop });
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    if (error instanceof EtcdError && LOSSES.has(error.code)) return undefined;
    throw error;
  }
}

/** The limits of one term. */
interface TermContext {
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly graceMs: number;
}

/** Runs the function as the leader; `undefined` when the lead was lost before it had ended. */
async function work<T>(
  leadership: Leadership,
  fn: Work<T>,
  { stop, clock, graceMs }: TermContext,
): Promise<{ readonly result: T } | undefined> {
  using linked = new LinkedSignal({
    signals: [leadership.signal, stop],
    controller: sharedController(),
  });
  const running = quiet(outsideOperation(async () => fn(leadership, linked.signal)));
  try {
    const result = await unlessAborted(running, stop);
    return isLost(leadership) ? undefined : { result };
  } catch (error) {
    if (stop.aborted) {
      if (graceMs > 0) await endWithin(running, graceMs, clock);
      throw stop.reason;
    }
    if (isLost(leadership)) return undefined;
    throw error;
  }
}

/** Tells a loss from a function that has resigned by itself. */
function isLost({ signal }: Leadership): boolean {
  return signal.aborted && (signal.reason as EtcdError).code !== 'RELEASED';
}

/** Resolves when the work has ended, however, or the time is over. */
async function endWithin(running: Promise<unknown>, limitMs: number, clock: Clock): Promise<void> {
  const ended = new AbortController();
  const late = delay(clock, limitMs, ended.signal).catch(ignore);
  await Promise.race([running.catch(ignore), late]);
  ended.abort();
}
