import type { EtcdClient, Lease } from 'etcd-kit';
import { CompactedError } from 'etcd-kit';
import { Cache } from 'etcd-kit/cache';
import { Election, Mutex, Session } from 'etcd-kit/concurrency';
import { ServiceRegistry } from 'etcd-kit/discovery';
import { Occupancy } from '../occupancy.js';
import type { Scene } from '../scene.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_HOURS = 24;
const TTL_SECONDS = 300;
const KEYS = ['u/0', 'u/1', 'u/2'];
/** Samples of the last minutes of a day, of which the largest counts. */
const SAMPLES = 20;
/** So many more than at the end of the first day are no growth: somebody waits who held, and the other way round. */
const CHANCE = 10;

/** Things that a program has, and of which it must not have more and more. */
type Counts = Readonly<Record<'timers' | 'watches' | 'leases' | 'locks' | 'calls', number>>;

/**
 * Clients that live for days and do little: leases, a lock and a lead that are handed over after hours, a
 * registration, a watch, a cache. The store is compacted every hour. What is promised of each holds, and at the
 * end of each day there is no more of anything than at the end of the first.
 */
export function uptime(scene: Scene): () => void {
  const clients: EtcdClient[] = [];
  const client = (): EtcdClient => {
    const made = scene.client({}, true);
    clients.push(made);
    return made;
  };

  write(scene, client());
  const checkWatch = watch(scene, client());
  follow(scene, client());
  for (let number = 0; number < 2; number += 1) keepLease(scene, client(), number);
  const lock = new Occupancy(scene, 'the lock');
  const lead = new Occupancy(scene, 'the lead');
  for (let number = 0; number < 2; number += 1) {
    take(scene, client(), `contender ${number}`, lock, (session) =>
      new Mutex(session, 'uptime/lock').acquire({ timeoutMs: 10 * HOUR_MS }),
    );
    take(scene, client(), `candidate ${number}`, lead, (session) =>
      new Election(session, 'uptime/lead').campaign('me', { timeoutMs: 10 * HOUR_MS }),
    );
  }
  register(scene, client());
  keepDays(scene, client(), clients);
  return checkWatch;
}

/** Writes now and then. */
function write(scene: Scene, etcd: EtcdClient): void {
  let serial = 0;
  scene.start('writer', async () => {
    while (!scene.over) {
      scene.operations += 1;
      await etcd
        .put(scene.pick(KEYS), `v${++serial}`)
        .catch((error: unknown) => scene.failed('writer', error));
      await scene.rest(etcd, MINUTE_MS, 40 * MINUTE_MS);
    }
  });
}

/** Watches from the beginning to the end; what a compaction has taken is told. Returns the check of what it saw. */
function watch(scene: Scene, etcd: EtcdClient): () => void {
  const seen: string[] = [];
  const missed: { readonly after: number; readonly upTo: bigint }[] = [];
  let from = 1n;
  scene.start('watcher', async () => {
    const last = (): bigint => scene.history.of('u/').at(-1)?.revision ?? 0n;
    while (!scene.over || from <= last()) {
      const watcher = etcd.prefix('u/').watch({ startRevision: from });
      const ended = scene.whenOver(etcd, () => from > last()).then(() => watcher.cancel());
      try {
        for await (const { revision, key } of watcher) {
          seen.push(`${revision} ${key}`);
          from = revision + 1n;
        }
        await ended;
      } catch (error) {
        if (!(error instanceof CompactedError)) throw error;
        from = error.compactRevision ?? scene.memory.revision;
        missed.push({ after: seen.length, upTo: from });
      }
    }
  });
  return () => {
    let next = 0;
    for (const { revision, key } of scene.history.of('u/')) {
      if (seen[next] === `${revision} ${key}`) next += 1;
      else if (!missed.some(({ after, upTo }) => after === next && revision < upTo)) {
        scene.violate(`the watch has not seen revision ${revision} of ${key}, but ${seen[next]}`);
        return;
      }
    }
    if (next < seen.length) scene.violate(`the watch saw ${seen[next]}, which never was`);
  };
}

/** A cache that is open all the time. Each hour it is what the store is. */
function follow(scene: Scene, etcd: EtcdClient): void {
  scene.start('cache', async () => {
    while (!scene.over) {
      try {
        await using cache = await Cache.open(etcd.prefix('u/'));
        while (!scene.over) {
          scene.operations += 1;
          await scene.rest(etcd, HOUR_MS, HOUR_MS);
          await cache.sync({ timeoutMs: MINUTE_MS });
          const { revision } = cache;
          const shown = [...cache].map(({ key, value }) => `${key}=${value}`).join();
          const { kvs } = await etcd.prefix('u/').all();
          const stored = kvs.map(({ key, value }) => `${key}=${value}`).join();
          // A write between the two may make them differ: then the store has a newer revision.
          if (shown !== stored && kvs.every(({ modRevision }) => modRevision <= revision)) {
            scene.violate(`the cache at ${revision} shows ${shown}, and the store ${stored}`);
          }
        }
      } catch (error) {
        scene.failed('cache', error);
        await scene.rest(etcd, 1_000, MINUTE_MS);
      }
    }
  });
}

/** Keeps a lease for as long as it lives. */
function keepLease(scene: Scene, etcd: EtcdClient, number: number): void {
  const name = `lease holder ${number}`;
  let held: { readonly key: string; readonly lease: Lease } | undefined;
  scene.history.onChange(({ type, key }) => {
    const holding = held;
    if (type === 'put' || holding?.key !== key) return;
    scene.whenAwake(etcd, () => {
      if (holding.lease.alive && held === holding) {
        scene.violate(`${key} is gone, and its lease ${holding.lease.id} is alive here`);
      }
    });
  });
  scene.start(name, async () => {
    for (let serial = 1; !scene.over; serial += 1) {
      scene.operations += 1;
      try {
        const lease = await etcd.lease.grant(TTL_SECONDS * (1 + number), { keepAlive: true });
        held = { key: `leased/${number}/${serial}`, lease };
        await etcd.put(held.key, 'here', { lease });
        while (!scene.over && lease.alive) await scene.rest(etcd, 0, HOUR_MS);
        held = undefined;
        if (lease.alive) await lease.revoke();
        else if (scene.calm) scene.violate(`lease ${lease.id} was lost for no reason`);
      } catch (error) {
        scene.failed(name, error);
        await scene.rest(etcd, 1_000, MINUTE_MS);
      }
    }
  });
}

/** A lock or a leadership that is held. */
interface Taken extends AsyncDisposable {
  readonly signal: AbortSignal;
  readonly fencingToken: bigint;
}

/** Takes something and hands it over after hours, again and again, in one session as long as that lives. */
function take(
  scene: Scene,
  etcd: EtcdClient,
  name: string,
  occupancy: Occupancy,
  acquire: (session: Session) => Promise<Taken>,
): void {
  scene.start(name, async () => {
    while (!scene.over) {
      try {
        await using session = await Session.create(etcd, { ttlSeconds: TTL_SECONDS });
        while (!scene.over && !session.signal.aborted) {
          scene.operations += 1;
          await using taken = await acquire(session);
          const { signal, fencingToken: token } = taken;
          const leave = occupancy.enter({ name, etcd, mode: '', token }, signal);
          const hours = 1 + scene.random.below(6);
          for (let hour = 0; hour < hours && !signal.aborted; hour += 1) {
            await scene.rest(etcd, HOUR_MS, HOUR_MS);
          }
          leave();
        }
        if (session.signal.aborted && scene.calm) scene.violate(`${name} lost its session`);
      } catch (error) {
        scene.failed(name, error, ['TIMEOUT']);
        await scene.rest(etcd, 1_000, MINUTE_MS);
      }
    }
  });
}

/** An instance that stays registered. It is there at the end. */
function register(scene: Scene, etcd: EtcdClient): void {
  const registry = new ServiceRegistry(etcd, 'uptime/service');
  const endpoint = { address: '10.0.0.1:80' };
  scene.start('instance', async () => {
    let registration: Awaited<ReturnType<typeof registry.register>> | undefined;
    while (registration === undefined) {
      registration = await registry
        .register('one', endpoint, { ttlSeconds: TTL_SECONDS })
        .catch((error: unknown) => {
          scene.failed('instance', error);
          return undefined;
        });
      if (registration === undefined) await scene.wait(etcd, MINUTE_MS);
    }
    registration.on('error', (error) => scene.tell(`instance: ${error.code}`));
    while (!scene.over) await scene.rest(etcd, HOUR_MS, HOUR_MS);
    await scene.wait(etcd, MINUTE_MS);
    if (!(await registry.list()).has('one')) scene.violate('the instance is not registered');
    await registration.close();
  });
}

/** Compacts each hour, and counts at the end of each day. */
function keepDays(scene: Scene, etcd: EtcdClient, clients: readonly EtcdClient[]): void {
  let first: Counts | undefined;
  scene.start('days', async () => {
    for (let hour = 1; !scene.over; hour += 1) {
      await scene.rest(etcd, HOUR_MS, HOUR_MS);
      scene.compactBehind();
      if (hour % DAY_HOURS !== DAY_HOURS - 1) continue;
      const counts = await countMost(scene, etcd, clients);
      first ??= counts;
      scene.tell(`day ${(hour + 1) / DAY_HOURS}: ${JSON.stringify(counts)}`);
      for (const name of Object.keys(first) as (keyof Counts)[]) {
        if (counts[name] <= first[name] + CHANCE) continue;
        scene.violate(`${counts[name]} ${name}: on the first day there were ${first[name]}`);
      }
    }
  });
}

/** Counts several times, and returns the most of each. */
async function countMost(
  scene: Scene,
  etcd: EtcdClient,
  clients: readonly EtcdClient[],
): Promise<Counts> {
  const samples: Counts[] = [];
  while (samples.length < SAMPLES && !scene.over) {
    await scene.rest(etcd, MINUTE_MS / 2, MINUTE_MS);
    const states = clients.map((each) => each.status());
    const sum = (count: (status: (typeof states)[number]) => number): number =>
      states.reduce((total, status) => total + count(status), 0);
    samples.push({
      timers: scene.clock.pending,
      watches: sum(({ watches }) => watches.length),
      leases: sum(({ leases }) => leases.length),
      locks: sum(({ locks }) => locks.length),
      calls: sum(({ calls }) => calls.open),
    });
  }
  const most = (name: keyof Counts): number => Math.max(...samples.map((each) => each[name]), 0);
  return {
    timers: most('timers'),
    watches: most('watches'),
    leases: most('leases'),
    locks: most('locks'),
    calls: most('calls'),
  };
}
