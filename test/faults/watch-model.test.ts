import { expect, it } from 'vitest';
import type { EtcdClient, Watcher } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { dice } from '../support/dice.js';
import { startProxy } from '../support/fault-proxy.js';
import { Collected, type Delivered, inWords } from '../support/watching.js';

/** A store as it should be: its keys, and all that ever happened to them. */
class Model {
  readonly history: Delivered[] = [];
  readonly #keys = new Set<string>();

  put(revision: bigint, key: string, value: string): void {
    this.apply(revision, [[key, value]]);
  }

  /** Applies the operations of a transaction; without a value a key is deleted. */
  apply(revision: bigint, operations: readonly (readonly [key: string, value?: string])[]): void {
    const changes: string[] = [];
    for (const [key, value] of operations) {
      if (value !== undefined) {
        this.#keys.add(key);
        changes.push(`put ${key}=${value}`);
      } else if (this.#keys.delete(key)) {
        changes.push(`delete ${key}`);
      }
    }
    if (changes.length > 0) this.history.push({ revision, changes });
  }

  /** What a watch on a prefix must deliver from a revision on, up to another. */
  seenBy(prefix: string, from: bigint, to: bigint): Delivered[] {
    return this.history
      .filter(({ revision }) => revision >= from && revision <= to)
      .map(({ revision, changes }) => ({
        revision,
        changes: changes.filter((change) => change.split(' ')[1]?.startsWith(prefix)),
      }))
      .filter(({ changes }) => changes.length > 0);
  }
}

interface Watched {
  readonly prefix: string;
  readonly from: bigint;
  readonly watcher: Watcher<string>;
  readonly collected: Collected;
  /** The revision that was seen when it was cancelled. */
  cancelledAt: bigint | undefined;
}

describeEtcd('watches against a model of the store', (etcd) => {
  it.each([1, 2, 3, 4])(
    'deliver the events of the model, in run %i',
    async (seed) => {
      const roll = dice(seed * 7_919);
      await using server = await etcd.start();
      await using proxy = await startProxy({ target: server.endpoint });
      await using direct = clientOf(server);
      await using client = clientOf(proxy);
      const model = new Model();
      const watched: Watched[] = [];
      let revision = 1n;
      const randomKey = (): string => `${'ab'[roll(2)]}/${roll(6)}`;
      const begin = async (): Promise<void> => {
        const prefix = ['a/', 'b/', ''][roll(3)] ?? '';
        const fromNow = roll(2) === 0;
        const from = fromNow ? revision + 1n : BigInt(2 + roll(Number(revision)));
        const options = {
          isolated: roll(4) === 0,
          highWaterMark: roll(2) === 0 ? 3 : 1_000,
          prevKv: roll(2) === 0,
          ...(fromNow ? {} : { startRevision: from }),
        };
        const watcher = selectionOf(client, prefix).watch(options);
        if (fromNow) await watcher.ready;
        const collected = new Collected(watcher);
        watched.push({ prefix, from, watcher, collected, cancelledAt: undefined });
      };
      for (let step = 0; step < 150; step++) {
        switch (roll(8)) {
          case 0:
          case 1: {
            const [key, value] = [randomKey(), String(step)];
            ({ revision } = (await direct.put(key, value)).header);
            model.put(revision, key, value);
            break;
          }
          case 2: {
            const key = randomKey();
            ({ revision } = (await direct.delete(key)).header);
            model.apply(revision, [[key]]);
            break;
          }
          case 3:
          case 4: {
            const keys = [...new Set([randomKey(), randomKey(), randomKey()])];
            const operations = keys.map((key) =>
              roll(3) === 0 ? ([key] as const) : ([key, String(step)] as const),
            );
            const ops = operations.map(([key, value]) =>
              value === undefined ? direct.op.delete(key) : direct.op.put(key, value),
            );
            const result = await direct
              .txn()
              .then(...ops)
              .commit();
            ({ revision } = result.header);
            model.apply(revision, operations);
            break;
          }
          case 5:
            if (roll(2) === 0) proxy.resetAll();
            else void proxy.cutAfterBytes(roll(600), 'toClient');
            break;
          case 6:
            if (watched.length < 20) await begin();
            break;
          default: {
            const one = watched[roll(watched.length || 1)];
            if (one === undefined || one.cancelledAt !== undefined || roll(3) !== 0) break;
            one.cancelledAt = one.watcher.revision;
            await one.watcher.cancel();
          }
        }
      }
      await proxy.restore();
      // A last change of every prefix shows that all before it has come.
      const { header } = await direct
        .txn()
        .then(direct.op.put('a/last', 'x'), direct.op.put('b/last', 'x'))
        .commit();
      model.apply(header.revision, [
        ['a/last', 'x'],
        ['b/last', 'x'],
      ]);
      for (const { prefix, from, watcher, collected, cancelledAt } of watched) {
        if (cancelledAt === undefined) {
          await collected.until(() => collected.revisions.at(-1) === header.revision, 30_000);
          expect(collected.batches.map(inWords)).toEqual(
            model.seenBy(prefix, from, header.revision),
          );
          await watcher.cancel();
        } else {
          await collected.ended;
          const last = collected.revisions.at(-1) ?? 0n;
          expect(last).toBeGreaterThanOrEqual(
            model.seenBy(prefix, from, cancelledAt).at(-1)?.revision ?? 0n,
          );
          expect(collected.batches.map(inWords)).toEqual(model.seenBy(prefix, from, last));
        }
      }
      expect(watched.length).toBeGreaterThan(3);
    },
    120_000,
  );
});

function selectionOf(client: EtcdClient, prefix: string): ReturnType<EtcdClient['prefix']> {
  return prefix === '' ? client.all() : client.prefix(prefix);
}
