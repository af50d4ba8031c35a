import { expect, it } from 'vitest';
import {
  codecs,
  DecodeError,
  type EtcdClient,
  type FollowChange,
  type Selection,
} from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { deferred, until } from '../support/wait.js';

/** A map that is built from following alone, as a consumer would. */
class FollowedMap {
  readonly values = new Map<string, string>();
  readonly changes: FollowChange<string>[] = [];
  readonly ended: Promise<unknown>;
  readonly #snapshot = deferred();

  constructor(selection: Selection<string>, signal: AbortSignal) {
    this.ended = this.#follow(selection, signal);
  }

  get begun(): Promise<void> {
    return this.#snapshot.promise;
  }

  /** Waits until the map is that of the store. */
  async untilEqual(selection: Selection<string>): Promise<void> {
    await until(async () => {
      const wanted = JSON.stringify([...(await selection.toMap())].sort());
      return JSON.stringify([...this.values].sort()) === wanted;
    });
  }

  async #follow(selection: Selection<string>, signal: AbortSignal): Promise<unknown> {
    try {
      for await (const change of selection.follow({ signal })) {
        this.changes.push(change);
        if (change.type === 'snapshot') {
          for (const [key, kv] of change.entries) this.values.set(key, kv.value);
          this.#snapshot.resolve();
        } else if (change.type === 'put') {
          this.values.set(change.key, change.kv.value);
        } else {
          this.values.delete(change.key);
        }
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

async function fill(client: EtcdClient, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.put(`s/${i}`, `v${i}`);
}

describeEtcd('following a selection', (etcd) => {
  it('gives the records first, then every change of them', async () => {
    await using client = clientIn(await etcd.server());
    await fill(client, 3);
    const { op } = client;
    const seen: string[] = [];
    for await (const change of client.prefix('s/').follow({ prevKv: true })) {
      if (change.type === 'snapshot') {
        seen.push([...change.entries.keys()].join());
        expect(change.entries.get('s/1')?.value).toBe('v1');
        await client.put('s/1', 'new');
        await client.txn().then(op.delete('s/2'), op.put('s/9', 'x')).commit();
        continue;
      }
      const { type, key, more, prev } = change;
      seen.push(`${type} ${key} ${prev?.value} ${more}`);
      if (seen.length === 4) break;
    }
    expect(seen).toEqual([
      's/0,s/1,s/2',
      'put s/1 v1 false',
      'delete s/2 v2 true',
      'put s/9 undefined false',
    ]);
  });

  it('begins with an empty snapshot where there is nothing', async () => {
    await using client = clientIn(await etcd.server());
    const iterator = client.prefix('none/').follow();
    const first = await iterator.next();
    expect(first.value).toMatchObject({ type: 'snapshot', entries: new Map() });
    const { header } = await client.put('none/a', '1');
    expect((await iterator.next()).value).toMatchObject({
      type: 'put',
      key: 'none/a',
      revision: header.revision,
    });
    await iterator.return?.();
  });

  it('skips values that cannot be decoded', async () => {
    await using client = clientIn(await etcd.server());
    const numbers = client.as(codecs.json<number>());
    const put = async (key: string, value: string): Promise<void> => {
      await client.put(`s/${key}`, value);
    };
    await put('good', '1');
    await put('bad', '{');
    const map = new Map<string, number>();
    const told: string[] = [];
    const errors: unknown[] = [];
    const onDecodeError = (error: DecodeError): void => void errors.push(error.key);
    for await (const change of numbers.prefix('s/').follow({ onDecodeError, prevKv: true })) {
      if (change.type === 'snapshot') {
        for (const [key, kv] of change.entries) map.set(key, kv.value);
        await put('good', '}');
        await put('bad', '2');
        await put('never', '{');
        await client.delete('s/never');
        await put('good', '3');
        await put('last', '4');
        continue;
      }
      told.push(`${change.type} ${change.key} ${change.prev?.value}`);
      if (change.type === 'put') map.set(change.key, change.kv.value);
      else map.delete(change.key);
      if (change.key === 's/last') break;
    }
    expect([...map].sort()).toEqual([
      ['s/bad', 2],
      ['s/good', 3],
      ['s/last', 4],
    ]);
    // A value that cannot be decoded replaces one that can: the map must not keep that.
    expect(told).toEqual([
      'delete s/good 1',
      'put s/bad undefined',
      'put s/good undefined',
      'put s/last undefined',
    ]);
    expect(errors).toEqual(['s/bad', 's/good', 's/never']);
  });

  it('throws where a value is read that cannot be decoded, unless told otherwise', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('s/bad', '{');
    await client.put('s/good', '1');
    const changes = client
      .as(codecs.json<number>())
      .prefix('s/')
      .follow({ onDecodeError: 'throw' });
    const { value: snapshot } = await changes.next();
    if (snapshot?.type !== 'snapshot') throw new Error('the snapshot comes first');
    expect([...snapshot.entries.keys()]).toEqual(['s/bad', 's/good']);
    expect(thrownBy(() => snapshot.entries.get('s/bad')?.value)).toBeInstanceOf(DecodeError);
    await client.put('s/bad', '}');
    const { value: change } = await changes.next();
    if (change?.type !== 'put') throw new Error('a put comes next');
    expect(thrownBy(() => change.kv.value)).toMatchObject({ key: 's/bad' });
    await changes.return?.();
  });

  it('can be left at once, even while it waits, and leaves nothing on the server', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const iterator = client.prefix('s/').follow();
    await iterator.next();
    const waiting = iterator.next();
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 1);
    await iterator.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 0);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('ends with its signal, and fails with its deadline', async () => {
    await using client = clientIn(await etcd.server());
    const leaving = new AbortController();
    const followed = new FollowedMap(client.prefix('s/'), leaving.signal);
    await followed.begun;
    leaving.abort();
    expect(await followed.ended).toBeUndefined();
    const drain = async (): Promise<void> => {
      for await (const { type } of client.prefix('s/').follow({ timeoutMs: 50 })) {
        expect(type).toBe('snapshot');
      }
    };
    expect(await failureOf(drain())).toMatchObject({ code: 'TIMEOUT' });
  });

  it('reads again after a compaction, and yields the differences', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const leaving = new AbortController();
    await fill(direct, 5);
    const followed = new FollowedMap(client.prefix('s/'), leaving.signal);
    await followed.begun;
    await direct.put('s/0', 'changed in sight');
    await followed.untilEqual(direct.prefix('s/'));
    proxy.refuse();
    proxy.resetAll();
    await direct.put('s/1', 'changed');
    await direct.delete('s/2');
    await direct.delete('s/3');
    await direct.put('s/3', 'put anew');
    await direct.put('s/8', 'new');
    const last = await direct.put('s/unrelated', 'x');
    await direct.delete('s/unrelated');
    await direct.compact(last.header.revision + 1n);
    await proxy.restore();
    await until(() => followed.changes.length >= 6);
    await followed.untilEqual(direct.prefix('s/'));
    const told = followed.changes
      .slice(2)
      .map((change) =>
        change.type === 'snapshot' ? 'snapshot' : `${change.type} ${change.key} ${change.more}`,
      );
    expect(told).toEqual(['delete s/2 true', 'put s/1 true', 'put s/3 true', 'put s/8 false']);
    // And goes on from there.
    await direct.put('s/4', 'later');
    await followed.untilEqual(direct.prefix('s/'));
    leaving.abort();
    expect(await followed.ended).toBeUndefined();
  });

  it('keeps a map right while writers, compactions and cuts go on', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const leaving = new AbortController();
    const selection = direct.prefix('s/');
    const followed = new FollowedMap(client.prefix('s/'), leaving.signal);
    await followed.begun;
    for (let round = 0; round < 30; round++) {
      const { header } = await direct.put(`s/${round % 7}`, `round ${round}`);
      if (round % 3 === 0) await direct.delete(`s/${(round + 2) % 7}`);
      if (round % 5 === 4) proxy.resetAll();
      if (round % 10 === 9) {
        proxy.refuse();
        proxy.resetAll();
        await direct.delete(`s/${round % 4}`);
        await direct.put('s/gap', String(round));
        await direct.compact(header.revision + 1n);
        await proxy.restore();
        await followed.untilEqual(selection);
      }
    }
    await followed.untilEqual(selection);
    leaving.abort();
    await followed.ended;
  });
});
