import { expect, it } from 'vitest';
import { Cache } from '../../src/cache/index.js';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { dice } from '../support/dice.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { StateHistory } from '../support/state-history.js';
import { until } from '../support/wait.js';

const PREFIX = 's/';

/** Writes at random below the prefix and elsewhere, and notes the state after each revision. */
class RandomWriter {
  readonly history = new StateHistory();
  readonly #client: EtcdClient;
  readonly #roll: (sides: number) => number;

  constructor(client: EtcdClient, roll: (sides: number) => number) {
    this.#client = client;
    this.#roll = roll;
  }

  async write(step: number): Promise<bigint> {
    const { op } = this.#client;
    const keys = new Set(Array.from({ length: 1 + this.#roll(4) }, () => this.#randomKey()));
    const changes = [...keys].map((key) => ({ key, value: this.#roll(3) ? `${step}` : undefined }));
    const ops = changes.map(({ key, value }) =>
      value === undefined ? op.delete(key) : op.put(key, value),
    );
    const { header } = await this.#client
      .txn()
      .then(...ops)
      .commit();
    this.history.note(
      header.revision,
      changes.filter(({ key }) => key.startsWith(PREFIX)),
    );
    return header.revision;
  }

  #randomKey(): string {
    return this.#roll(4) === 0 ? `elsewhere/${this.#roll(3)}` : `${PREFIX}${this.#roll(8)}`;
  }
}

/** Looks at a cache at each change and whenever it is asked to, and notes what it shows at which revision. */
class Observer {
  readonly states: { readonly revision: bigint; readonly state: string }[] = [];
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
    this.look();
    cache.on('change', () => this.look());
  }

  look(): void {
    const state = [...this.#cache].map(({ key, value }) => `${key}=${value}`).join();
    // The two structures of a cache, by key and sorted, say the same.
    expect([...this.#cache].every((kv) => this.#cache.get(kv.key) === kv)).toBe(true);
    this.states.push({ revision: this.#cache.revision, state });
  }

  /** Each state was one of the store, at the revision that the cache told, and none came after a later one. */
  check(history: StateHistory): void {
    for (const [at, { revision, state }] of this.states.entries()) {
      expect({ revision, state }).toEqual({ revision, state: history.at(revision) });
      expect(revision).toBeGreaterThanOrEqual(this.states[at - 1]?.revision ?? 0n);
    }
  }
}

function disturb(proxy: FaultProxy, roll: (sides: number) => number): void {
  const fault = roll(3);
  if (fault === 0) proxy.resetAll();
  else void proxy.cutAfterBytes(roll(400), fault === 1 ? 'toClient' : 'toServer').catch(() => {});
}

describeEtcd('the history of a cache', (etcd) => {
  it.each([1, 2])(
    'equals the history of the store under cuts and compactions, in run %i',
    async (seed) => {
      const roll = dice(seed * 7_919);
      await using server = await etcd.start();
      await using proxy = await startProxy({ target: server.endpoint });
      await using direct = clientOf(server);
      await using client = clientOf(proxy);
      const writer = new RandomWriter(direct, roll);
      for (let step = 0; step < 10; step++) await writer.write(step);
      await using cache = await Cache.open(client.prefix(PREFIX));
      const observer = new Observer(cache);
      let relists = 0;
      let syncs = 0;
      for (let step = 10; step < 140; step++) {
        const revision = await writer.write(step);
        observer.look();
        const die = roll(16);
        if (die < 2) disturb(proxy, roll);
        if (die === 2) {
          // What happens while it is cut off is compacted away.
          proxy.refuse();
          proxy.resetAll();
          await until(() => !cache.fresh);
          const last = await writer.write(step + 1_000);
          await direct.compact(last);
          await proxy.accept();
          relists += 1;
        }
        if (die > 12) {
          // A read that is cut off may fail; one that succeeds must have told the truth.
          const synced = await cache.sync({ timeoutMs: 15_000 }).then(
            () => true,
            () => false,
          );
          if (synced) expect(cache.revision).toBeGreaterThanOrEqual(revision);
          if (synced) syncs += 1;
          observer.look();
        }
      }
      await proxy.restore();
      await cache.sync();
      observer.look();
      observer.check(writer.history);
      expect(observer.states.at(-1)?.state).toBe(writer.history.last);
      expect(relists).toBeGreaterThan(1);
      expect(syncs).toBeGreaterThan(5);
      await until(() => cache.fresh);
    },
    120_000,
  );

  it('continues when members are killed, and has every acknowledged write after sync()', async () => {
    await using cluster = await etcd.cluster();
    const endpoints = cluster.members.map(({ endpoint }) => endpoint);
    await using client = clientOf({ endpoint: endpoints.join() }, { endpoints });
    await using direct = clientOf({ endpoint: endpoints.join() }, { endpoints });
    const history = new StateHistory();
    const put = async (key: string, value: string): Promise<void> => {
      // A put that is repeated leaves the same value.
      const { header } = await direct.put(key, value, { idempotent: true, timeoutMs: 20_000 });
      history.note(header.revision, [{ key, value }]);
    };
    await put('s/0', 'first');
    await using cache = await Cache.open(client.prefix(PREFIX));
    for (let round = 0; round < 1; round++) {
      const leader = await cluster.leader();
      const killed = leader.kill();
      for (let i = 0; i < 20; i++) await put(`s/${i % 5}`, `${round}.${i}`);
      await killed;
      await cache.sync({ timeoutMs: 30_000 });
      expect([...cache].map(({ key, value }) => `${key}=${value}`).join()).toBe(history.last);
      await leader.start();
    }
  });
});
