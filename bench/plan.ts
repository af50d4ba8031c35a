import type { ClientName } from './clients/bench-client.js';
import type { Leg } from './legs.js';
import { watchRenewals } from './renewals.js';
import type { Store } from './store.js';
import { type DecodeTask, PREFIX, type Task } from './tasks/task.js';

/** How much is measured. */
export interface Sizes {
  readonly rounds: number;
  /** Milliseconds of one round of calls. */
  readonly ms: number;
  /** Milliseconds in which each client's calls warm up. */
  readonly warmUpMs: number;
  readonly callers: readonly number[];
  readonly liveEvents: number;
  readonly historyEvents: number;
  readonly rangeKeys: number;
  readonly leases: number;
  /** Leases are watched for a third of this: each is renewed once. */
  readonly leaseTtlSeconds: number;
  readonly startRounds: number;
}

/** The long form, and the one that takes less than two minutes. */
export const SIZES = {
  full: {
    rounds: 5,
    ms: 1_000,
    warmUpMs: 5_000,
    callers: [1, 16, 128, 512],
    liveEvents: 2_000,
    historyEvents: 300_000,
    rangeKeys: 100_000,
    leases: 10_000,
    leaseTtlSeconds: 24,
    startRounds: 11,
  },
  quick: {
    rounds: 2,
    ms: 250,
    warmUpMs: 1_500,
    callers: [1, 128],
    liveEvents: 500,
    historyEvents: 20_000,
    rangeKeys: 20_000,
    leases: 1_000,
    leaseTtlSeconds: 6,
    startRounds: 3,
  },
} satisfies Record<'full' | 'quick', Sizes>;

/** What a leg's rounds are compared by. */
export type Measure = 'rate' | 'time' | 'delay' | 'cpu' | 'leases';

export interface PlannedLeg extends Leg {
  readonly measure: Measure;
  /** The client that ratios are against. */
  readonly baseline: ClientName;
  prepare?(): Promise<void>;
}

/** Those that gets and puts are measured for. */
export const CALLING = [
  'etcd3',
  'grpc-js',
  'Go',
  'etcd-kit',
  'etcd-kit batched',
  'etcd-kit direct',
  'etcd-kit direct, batched',
] as const;
const FOR_STREAMS = ['etcd3', 'Go', 'etcd-kit'] as const;
/** All clients renew a lease so often within its time to live. */
const RENEWALS_PER_TTL = 3;

/** Everything that is measured, in order. */
export function* plan(sizes: Sizes, store: Store, endpoint: string): Iterable<PlannedLeg> {
  const { rounds, ms } = sizes;
  for (const kind of ['get', 'put'] as const) {
    for (const callers of sizes.callers) {
      const name = `${kind}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
      const tasks = same(CALLING, { kind, callers, ms });
      yield { group: kind, name, tasks, rounds, measure: 'rate', baseline: 'etcd3' };
    }
  }
  yield { ...decoding('range', rounds, ms), name: 'decode 1,000 key-values' };
  yield { ...decoding('watch', rounds, ms), name: 'decode 1,000 events' };
  yield {
    ...decoding('watch, when taken', rounds, ms),
    name: 'decode 1,000 events as watches do: checked when they come, read when they are taken',
  };
  for (const perRevision of [1, 10]) {
    const events = sizes.liveEvents * perRevision;
    yield {
      group: 'watch',
      name: `watch, live, ${perRevision} ${perRevision === 1 ? 'event' : 'events'} a message`,
      tasks: same(FOR_STREAMS, {
        kind: 'watch',
        prefix: PREFIX.live,
        from: undefined,
        events,
        watches: 1,
      }),
      rounds,
      measure: 'cpu',
      baseline: 'etcd3',
      async onReady() {
        await store.produce(PREFIX.live, events, perRevision);
        return {};
      },
    };
  }
  yield catchUp(sizes, store, 10);
  yield catchUp(sizes, store, 1);
  const ranges = {
    rounds,
    measure: 'time',
    baseline: 'etcd3',
    fresh: true,
    group: 'range',
  } as const;
  yield {
    ...ranges,
    name: `range of ${sizes.rangeKeys.toLocaleString('en')} keys, whole`,
    tasks: same(FOR_STREAMS, { kind: 'range' }),
    prepare: () => store.fillRange(sizes.rangeKeys),
  };
  yield {
    ...ranges,
    name: `range of ${sizes.rangeKeys.toLocaleString('en')} keys, iterated (etcd3: whole)`,
    tasks: { etcd3: { kind: 'range' }, 'etcd-kit': { kind: 'iterate' } },
    prepare: () => store.fillRange(sizes.rangeKeys),
  };
  const leaseMs = (sizes.leaseTtlSeconds * 1_000) / RENEWALS_PER_TTL;
  yield {
    group: 'leases',
    name: `${sizes.leases.toLocaleString('en')} leases, each renewed once in ${leaseMs / 1_000} s`,
    tasks: same(FOR_STREAMS, {
      kind: 'leases',
      count: sizes.leases,
      ttlSeconds: sizes.leaseTtlSeconds,
      ms: leaseMs,
    }),
    rounds: 2,
    measure: 'leases',
    baseline: 'etcd3',
    fresh: true,
    onReady: async () => ({ renewals: await watchRenewals(endpoint, leaseMs) }),
  };
  for (const contenders of [1, 10]) {
    yield {
      group: 'lock',
      name: `lock and unlock, ${contenders === 1 ? 'uncontended' : `${contenders} contenders`}`,
      tasks: same(FOR_STREAMS, { kind: 'lock', contenders, ms }),
      rounds,
      measure: 'rate',
      baseline: 'etcd3',
    };
  }
  const soon = { group: 'lock', rounds, measure: 'delay' } as const;
  yield {
    ...soon,
    name: 'from a release to the next of 10 contenders (etcd3: tries again and again)',
    baseline: 'etcd3',
    tasks: same(FOR_STREAMS, { kind: 'hand-over', contenders: 10, ms }),
  };
  yield {
    ...soon,
    name: 'from a delete to its event, for comparison',
    baseline: 'etcd-kit',
    tasks: { 'etcd-kit': { kind: 'notification', ms } },
  };
}

/**
 * A server sends each watch a thousand revisions a turn, and there are ten turns a second. So that the
 * clients do not spend the time at rest, several watches catch up at once.
 */
const CATCHING_UP = 10;

function catchUp(sizes: Sizes, store: Store, perRevision: number): PlannedLeg {
  const events = sizes.historyEvents / CATCHING_UP;
  const prefix = `bench/history-${perRevision}/`;
  const tasks: Partial<Record<ClientName, Task>> = {};
  return {
    group: 'watch',
    name: `${CATCHING_UP} watches, each catching up on ${events.toLocaleString('en')} events, ${perRevision} a revision`,
    tasks,
    rounds: Math.ceil(sizes.rounds / 2),
    measure: 'cpu',
    baseline: 'etcd3',
    async prepare() {
      const from = await store.fillHistory(prefix, events, perRevision);
      Object.assign(
        tasks,
        same(FOR_STREAMS, { kind: 'watch', prefix, from, events, watches: CATCHING_UP }),
      );
    },
  };
}

function decoding(message: DecodeTask['message'], rounds: number, ms: number) {
  const decode = (codec: 'etcd-kit' | 'proto-loader'): Task => ({
    kind: 'decode',
    codec,
    message,
    ms,
  });
  return {
    group: 'decode',
    tasks: { 'grpc-js': decode('proto-loader'), 'etcd-kit': decode('etcd-kit') },
    rounds,
    measure: 'cpu',
    baseline: 'grpc-js',
  } as const;
}

function same(names: readonly ClientName[], task: Task): Partial<Record<ClientName, Task>> {
  return Object.fromEntries(names.map((name) => [name, task]));
}
