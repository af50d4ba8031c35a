import { expect, it } from 'vitest';
import { CompactedError, codecs, DecodeError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';
import { Collected, inWords } from '../support/watching.js';

describeEtcd('a watch', (etcd) => {
  it('delivers puts and deletions with their records', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch({ prevKv: true });
    await watcher.ready;
    await client.put('k1', 'one');
    await client.put('k1', 'two');
    await client.delete('k1');
    const events = [];
    for await (const event of watcher) {
      events.push(event);
      if (events.length === 3) break;
    }
    const [created, changed, deleted] = events;
    expect(created).toMatchObject({ type: 'put', key: 'k1', isCreate: true, prev: undefined });
    expect(changed).toMatchObject({ type: 'put', isCreate: false });
    expect(changed?.type === 'put' && changed.kv.value).toBe('two');
    expect(changed?.prev?.value).toBe('one');
    expect(changed?.prev?.key).toBe('k1');
    expect(deleted).toMatchObject({ type: 'delete', key: 'k1', isCreate: false });
    expect(deleted?.prev?.value).toBe('two');
    expect(JSON.parse(JSON.stringify(deleted))).toMatchObject({
      type: 'delete',
      key: 'k1',
      revision: String(deleted?.revision),
      prev: { value: 'two' },
    });
  });

  it('delivers all changes of a transaction as one batch', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    await client.put('old', 'x');
    await using watcher = client.all().watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    const { header } = await client
      .txn()
      .then(op.put('a', '1'), op.delete('old'), op.put('b', '2'))
      .commit();
    await client.put('c', '3');
    await collected.untilCount(4);
    expect(collected.batches.map(inWords)).toEqual([
      { revision: header.revision, changes: ['put a=1', 'delete old', 'put b=2'] },
      { revision: header.revision + 1n, changes: ['put c=3'] },
    ]);
  });

  it('has the revision to go on from when it was left, whatever was waiting', async () => {
    await using client = clientIn(await etcd.server());
    const first = await client.put('k', '1');
    await client.put('k', '2');
    await client.put('k', '3');
    // The three come in one message: two of them wait when the first is taken.
    const watcher = client.watch('k', { startRevision: first.header.revision });
    for await (const { revision } of watcher) {
      expect(revision).toBe(first.header.revision);
      break;
    }
    expect(watcher.revision).toBe(first.header.revision);
  });

  it.each([(n: bigint) => n, Number])('replays history from a revision', async (form) => {
    await using client = clientIn(await etcd.server());
    const first = await client.put('k', '1');
    await client.put('k', '2');
    await using watcher = client.watch('k', { startRevision: form(first.header.revision) });
    expect(watcher.revision).toBe(first.header.revision - 1n);
    const collected = new Collected(watcher);
    await collected.untilCount(2);
    expect(collected.batches.flatMap((batch) => inWords(batch).changes)).toEqual([
      'put k=1',
      'put k=2',
    ]);
    expect(watcher.revision).toBe(first.header.revision + 1n);
  });

  it('delivers only one kind of events with filter', async () => {
    await using client = clientIn(await etcd.server());
    await using puts = client.watch('k', { filter: 'put' });
    await using deletions = client.watch('k', { filter: 'delete' });
    const kept = { put: new Collected(puts), delete: new Collected(deletions) };
    await Promise.all([puts.ready, deletions.ready]);
    await client.put('k', '1');
    await client.delete('k');
    await client.put('k', '2');
    await kept.put.untilCount(2);
    await kept.delete.untilCount(1);
    expect(kept.put.changes).toEqual(['k', 'k']);
    expect(kept.delete.changes).toEqual(['-k']);
  });

  it('sees its own namespace alone, and gives keys without it', async () => {
    await using root = clientOf(await etcd.server());
    const space = root.namespace('ns-watch/');
    await using watcher = space.all().watch({ prevKv: true });
    const collected = new Collected(watcher);
    await watcher.ready;
    await root.put('ns-watch.', 'outside');
    await root.put('ns-watch/', 'the bare prefix');
    await root.put('ns-watch/a', '1');
    await root.delete('ns-watch/a');
    await root.put('ns-watch0', 'outside');
    await collected.untilCount(3);
    expect(collected.changes).toEqual(['', 'a', '-a']);
    expect(collected.batches[2]?.events[0]?.prev?.key).toBe('a');
  });

  it('decodes values where they are read, so that one bad record spoils nothing', async () => {
    await using client = clientIn(await etcd.server());
    const numbers = client.as(codecs.json<number>());
    await using watcher = numbers.prefix('n').watch();
    await watcher.ready;
    await client.put('n1', 'not json');
    await numbers.put('n2', 2);
    const seen: unknown[] = [];
    for await (const event of watcher) {
      if (event.type !== 'put') continue;
      try {
        seen.push(event.kv.value);
      } catch (error) {
        seen.push(error);
      }
      if (seen.length === 2) break;
    }
    expect(seen[0]).toBeInstanceOf(DecodeError);
    expect(seen[0]).toMatchObject({ key: 'n1' });
    expect(seen[1]).toBe(2);
  });

  it('skips what cannot be decoded if asked to, and reports each such record once', async () => {
    await using client = clientIn(await etcd.server());
    const numbers = client.as(codecs.json<number>());
    const errors: unknown[] = [];
    const onDecodeError = (error: DecodeError): void => void errors.push(error.key);
    await using watcher = numbers.prefix('n').watch({ prevKv: true, onDecodeError });
    const heard: number[] = [];
    watcher.on('put', ({ value }) => heard.push(value));
    const collected = numbers.prefix('n').watch({ onDecodeError: 'skip' });
    await Promise.all([watcher.ready, collected.ready]);
    await client.txn().then(client.op.put('n1', 'bad'), client.op.put('n2', '2')).commit();
    await client.put('n3', 'bad');
    const { header } = await numbers.put('n1', 1);
    const seen: unknown[] = [];
    for await (const { revision, events } of watcher.batches()) {
      for (const event of events) {
        if (event.type === 'put') seen.push([event.key, event.kv.value, event.prev?.value]);
      }
      if (revision === header.revision) break;
    }
    expect(seen).toEqual([
      ['n2', 2, undefined],
      // What it was before cannot be decoded either.
      ['n1', 1, undefined],
    ]);
    expect(heard).toEqual([2, 1]);
    expect(errors).toEqual(['n1', 'n3']);
    expect(watcher.revision).toBe(header.revision);
    const keys: string[] = [];
    for await (const { key, revision } of collected) {
      keys.push(key);
      if (revision === header.revision) break;
    }
    expect(keys).toEqual(['n2', 'n1']);
  });

  it('reports no outcome of a write for a value that cannot be decoded', async () => {
    await using client = clientIn(await etcd.server());
    const numbers = client.as(codecs.json<number>());
    await client.put('n', 'bad');
    const record = await numbers.get('n');
    const error = thrownBy(() => record?.value);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: 'DECODE', outcome: undefined });
    expect(JSON.parse(JSON.stringify(error))).not.toHaveProperty('outcome');
  });

  it('serves an iterator and listeners at once', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch();
    const heard: string[] = [];
    watcher
      .on('put', (kv, event) => heard.push(`${kv.key}@${event.revision === kv.modRevision}`))
      .on('delete', (event) => heard.push(`-${event.key}`));
    const collected = new Collected(watcher);
    await watcher.ready;
    await client.put('k1', '1');
    await client.delete('k1');
    await collected.untilCount(2);
    expect(collected.changes).toEqual(['k1', '-k1']);
    expect(heard).toEqual(['k1@true', '-k1']);
  });

  it('keeps events that come before the first consumer, for all consumers of the same turn', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch();
    await watcher.ready;
    const { header } = await client.put('k1', '1');
    await client.put('k2', '2');
    await until(() => client.get('k2'));
    await using other = client.watch('k2', { startRevision: header.revision });
    await new Collected(other).untilCount(1);
    const first: string[] = [];
    const second: string[] = [];
    watcher.on('put', (kv) => first.push(kv.key)).on('put', (kv) => second.push(kv.key));
    const collected = new Collected(watcher);
    await collected.untilCount(2);
    expect(first).toEqual(['k1', 'k2']);
    expect(second).toEqual(['k1', 'k2']);
    expect(collected.changes).toEqual(['k1', 'k2']);
  });

  it('keeps events of listeners for an iterator that comes later', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch();
    const heard: string[] = [];
    watcher.on('put', (kv) => heard.push(kv.key));
    await watcher.ready;
    const { header } = await client.put('k1', '1');
    await client.put('k2', '2');
    await until(() => heard.length === 2);
    expect(watcher.revision).toBe(header.revision + 1n);
    const collected = new Collected(watcher);
    await collected.untilCount(2);
    expect(collected.changes).toEqual(heard);
  });

  it('does not keep these events for ever if no iterator comes', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch({ highWaterMark: 10 });
    const heard: string[] = [];
    watcher.on('put', (kv) => heard.push(kv.key));
    await watcher.ready;
    for (let i = 0; i < 50; i++) await client.put(`k${i}`, '');
    await until(() => heard.length === 50);
    const collected = new Collected(watcher);
    await client.put('last', '');
    await client.put('k-last', '');
    await collected.untilCount(1);
    expect(collected.changes).toEqual(['k-last']);
  });

  it('goes on when a listener is taken off or throws', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.watch('k');
    const heard: string[] = [];
    const listener = (kv: { readonly value: string }): void => void heard.push(kv.value);
    watcher.on('put', listener).once('put', (kv) => heard.push(`once ${kv.value}`));
    await watcher.ready;
    await client.put('k', '1');
    await client.put('k', '2');
    await until(() => heard.length === 3);
    watcher.off('put', listener);
    await client.put('k', '3');
    // Nobody listens: it is kept for whoever comes next.
    const late: string[] = [];
    watcher.on('put', (kv) => late.push(kv.value));
    await until(() => late.length === 1);
    expect(late).toEqual(['3']);
    const collected = new Collected(watcher);
    await collected.untilCount(3);
    expect(heard).toEqual(['1', 'once 1', '2']);
    // An iterator also has what came before.
    expect(collected.batches.map(inWords).flatMap(({ changes }) => changes)).toEqual([
      'put k=1',
      'put k=2',
      'put k=3',
    ]);
  });

  it('can be iterated once', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.watch('k');
    const iterator = watcher[Symbol.asyncIterator]();
    expect(thrownBy(() => watcher.batches())).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(thrownBy(() => watcher[Symbol.asyncIterator]())).toBeInstanceOf(TypeError);
    const pending = iterator.next();
    // Leaving ends even a wait.
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it.each(['cancel', 'dispose', 'signal'])(
    'is ended by %s, and leaves nothing on the server',
    async (how) => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      const leaving = new AbortController();
      const watcher = client.watch('k', { signal: leaving.signal });
      const collected = new Collected(watcher);
      await watcher.ready;
      expect(await server.metric('etcd_debugging_mvcc_watcher_total')).toBe(1);
      if (how === 'cancel') await watcher.cancel();
      if (how === 'dispose') await watcher[Symbol.asyncDispose]();
      if (how === 'signal') leaving.abort(new Error('enough'));
      expect(await collected.ended).toBeUndefined();
      await watcher.cancel();
      await watcher.ready;
      await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 0);
      await until(
        async () => (await server.metric('etcd_debugging_mvcc_watch_stream_total')) === 0,
      );
      expect(await failureOf(watcher.requestProgress())).toMatchObject({ code: 'ABORTED' });
    },
  );

  it('never starts when its signal has aborted already', async () => {
    await using client = clientIn(await etcd.server());
    const reason = new Error('too late');
    const watcher = client.watch('k', { signal: AbortSignal.abort(reason) });
    expect(await failureOf(watcher.ready)).toMatchObject({ name: 'AbortError', cause: reason });
    expect(await new Collected(watcher).ended).toBeUndefined();
  });

  it('fails when its time is over', async () => {
    await using client = clientIn(await etcd.server());
    const watcher = client.watch('k', { timeoutMs: 50 });
    expect(await new Collected(watcher).ended).toMatchObject({ code: 'TIMEOUT' });
  });

  it('ends with an error below the compaction, for every consumer', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    for (let i = 1; i <= 5; i++) await client.put('k', String(i));
    await client.compact(4n);
    const compacted = { name: 'CompactedError', code: 'COMPACTED', compactRevision: 4n };

    // Nobody looks: no unhandled rejection ends the process, and the next use sees it.
    const unseen = client.watch('k', { startRevision: 2n });
    const heard = client.watch('k', { startRevision: 2n });
    const told = new Promise((resolve) => heard.once('error', resolve));
    expect(await told).toBeInstanceOf(CompactedError);
    await until(async () => (await failureOf(unseen.requestProgress())).code === 'COMPACTED');
    const late = new Promise((resolve) => unseen.once('error', resolve));
    expect(await late).toMatchObject(compacted);
    expect(await new Collected(unseen).ended).toMatchObject(compacted);

    const watchable = client.watch('k', { startRevision: 4n });
    const collected = new Collected(watchable);
    await collected.untilCount(3);
    expect(collected.revisions).toEqual([4n, 5n, 6n]);
  });

  it('ends with the client', async () => {
    const client = clientIn(await etcd.server());
    const live = client.watch('k');
    const pending = client.watch('k', { isolated: true });
    await live.ready;
    const ends = [new Collected(live).ended, new Collected(pending).ended];
    await client.close();
    for (const end of ends) expect(await end).toMatchObject({ code: 'CLIENT_CLOSED' });
    const late = client.watch('k');
    expect(await failureOf(late.ready)).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(await new Collected(late).ended).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('has the revision of what was taken from it', async () => {
    await using client = clientIn(await etcd.server());
    await using watcher = client.prefix('k').watch();
    await watcher.ready;
    const { op } = client;
    const before = watcher.revision;
    const { header } = await client.txn().then(op.put('k1', ''), op.put('k2', '')).commit();
    await client.put('k3', '');
    const iterator = watcher[Symbol.asyncIterator]();
    await iterator.next();
    // Half of a transaction is none of it.
    expect(watcher.revision).toBe(header.revision - 1n);
    expect(before).toBe(header.revision - 1n);
    await iterator.next();
    expect(watcher.revision).toBe(header.revision);
    await iterator.next();
    expect(watcher.revision).toBe(header.revision + 1n);
  });
});
