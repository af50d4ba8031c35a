import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { Mutex, Session } from '../../src/concurrency/index.js';
import type { CallDiagnostics } from '../../src/diagnostics/index.js';
import { EtcdClient, type EtcdError, type Logger, type Watcher } from '../../src/index.js';
import type { Cluster } from './cluster.js';
import type { EtcdServer } from './etcd.js';
import { type CallEvent, recordCalls, recordMessages, type Told } from './recorded-diagnostics.js';
import { until } from './wait.js';

/** Callers that read and write all the time, with pauses between. */
const CALLERS = 8;
const PAUSE_MS = 2;
/** Calls that have to succeed before the leader is lost, and after. */
const CALLS = 400;
/** Turns of the event loop in which everything is read that has arrived. */
const TURNS = 20;

/** One thing that was told, and when. */
export type Noted =
  | { readonly atMs: number; readonly message: Told }
  | { readonly atMs: number; readonly call: CallDiagnostics };

/** A run in which a cluster loses its leader under load. */
export interface LeaderLoss {
  readonly noted: readonly Noted[];
  /** Endpoint of the leader that was killed, and when. */
  readonly lost: string;
  readonly lostAtMs: number;
  /** Number of a watch that was with that leader. */
  readonly watch: number;
  readonly calls: readonly CallDiagnostics[];
  readonly messages: readonly Told[];
  /** Results of the load as its callers saw them. */
  readonly succeeded: number;
  readonly failed: readonly EtcdError[];
}

/**
 * Kills the leader of a cluster while a client reads, writes, watches and holds a lock; resolves when the load has
 * gone on for a while without it.
 */
export async function loseLeader(cluster: Cluster, logger: Logger): Promise<LeaderLoss> {
  const noted: Noted[] = [];
  const begin = performance.now();
  const at = (): number => performance.now() - begin;
  using told = recordMessages((message) => noted.push({ atMs: at(), message }));
  using calls = recordCalls(({ event, call }) => {
    if (event === 'asyncEnd') noted.push({ atMs: at(), call: { ...call } });
  });
  await using etcd = new EtcdClient({ endpoints: cluster.endpoints, logger });
  const leader = await cluster.leader();
  await using session = await Session.create(etcd, { ttlSeconds: 30 });
  await using lock = await new Mutex(session, 'work').acquire();
  const { watchers, watch } = await watchEach(etcd, told.messages, leader.endpoint);
  const load = startLoad(etcd);
  await until(() => load.succeeded >= CALLS);
  await stopWhileReading(leader, calls.events, load);
  const lostAtMs = at();
  await leader.kill();
  await cluster.leader({ except: leader });
  const before = load.succeeded;
  await until(() => load.succeeded >= before + CALLS);
  // Watches with other members may break and go on as well, while there is no leader.
  await until(() => told.messages.some((message) => isOf(message, watch, 'resumed')));
  await load.stop();
  await Promise.all(watchers.map((watcher) => watcher.cancel()));
  await lock.release();
  return {
    noted,
    lost: leader.endpoint,
    lostAtMs,
    watch,
    calls: calls.ended,
    messages: told.messages,
    succeeded: load.succeeded,
    failed: load.failed,
  };
}

/**
 * Stops a member at a moment when it owes the answer of a read: that read has to go elsewhere when the member
 * is killed. What it has answered before is read first.
 */
async function stopWhileReading(
  member: EtcdServer,
  events: readonly CallEvent[],
  load: { readonly succeeded: number },
): Promise<void> {
  const isRead = ({ operation, endpoint, durationMs }: CallDiagnostics): boolean =>
    operation === 'get' && endpoint === member.endpoint && durationMs === undefined;
  for (;;) {
    await member.pause();
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
    if (events.some(({ call }) => isRead(call))) return;
    const { succeeded } = load;
    await member.resume();
    await until(() => load.succeeded > succeeded);
  }
}

/** Opens watches, each on a stream of its own, until one of them is with the leader; answers the number of that. */
async function watchEach(
  etcd: EtcdClient,
  told: readonly Told[],
  endpoint: string,
): Promise<{ readonly watchers: readonly Watcher<string>[]; readonly watch: number }> {
  const watchers: Watcher<string>[] = [];
  for (;;) {
    const watcher = etcd.watch('load', { isolated: true });
    watcher.on('put', () => {});
    watchers.push(watcher);
    await watcher.ready;
    // A stream of leases is opened, too: only a watch resumes.
    for (const message of told) {
      if (message.topic === 'watch' && message.kind === 'opened' && message.endpoint === endpoint) {
        return { watchers, watch: message.watch };
      }
    }
  }
}

/** True for a message of this kind about a watch. */
function isOf(message: Told, watch: number, kind: Told['kind']): boolean {
  return message.topic === 'watch' && message.kind === kind && message.watch === watch;
}

function startLoad(etcd: EtcdClient) {
  const failed: EtcdError[] = [];
  let succeeded = 0;
  let stopped = false;
  const caller = async (name: string): Promise<void> => {
    while (!stopped) {
      try {
        await etcd.put(name, 'value', { timeoutMs: 20_000 });
        await etcd.get(name, { timeoutMs: 20_000 });
        succeeded += 2;
      } catch (error) {
        failed.push(error as EtcdError);
      }
      await delay(PAUSE_MS);
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, i) => caller(`load/${i}`));
  return {
    failed,
    get succeeded(): number {
      return succeeded;
    },
    async stop(): Promise<void> {
      stopped = true;
      await Promise.all(callers);
    },
  };
}
