import { expect, it } from 'vitest';
import { Cache, type CacheChange } from '../../src/cache/index.js';
import { codecs, type DecodeError, EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { deferred, until, within } from '../support/wait.js';

/** All records of a cache in words, in its order. */
function inWords(cache: Iterable<{ key: string; value: string }>): string[] {
  return [...cache].map(({ key, value }) => `${key}=${value}`);
}

function told(cache: Cache<unknown>): string[] {
  const changes: string[] = [];
  cache.on('change', ({ type, key, kv, prev }) => {
    changes.push(`${type} ${key} ${show(prev)}>${show(kv)}`);
  });
  return changes;
}

function show(kv: { readonly value: unknown } | undefined): string {
  return kv === undefined ? '' : String(kv.value);
}

describeEtcd('a cache', (etcd) => {
  it('has the records of its selection when it is open, sorted as the store sorts', async () => {
    await using client = clientIn(await etcd.server());
    const keys = ['s/a', 's/b', 's/\uffee', 's/😀'];
    for (const key of [...keys].reverse()) await client.put(key, `of ${key}`);
    await client.put('t/other', 'x');
    await using cache = await Cache.open(client.prefix('s/'));
    expect(inWords(cache)).toEqual(keys.map((key) => `${key}=of ${key}`));
    expect(inWords(cache)).toEqual(inWords((await client.prefix('s/').all()).kvs));
    expect(cache.size).toBe(4);
    expect(cache.get('s/a')?.value).toBe('of s/a');
    expect(cache.get('t/other')).toBeUndefined();
    expect([cache.has('s/b'), cache.has('s/c')]).toEqual([true, false]);
    expect(cache.range('s/a', 's/\uffee').map(({ key }) => key)).toEqual(['s/a', 's/b']);
    expect(cache.range('s/b').map(({ key }) => key)).toEqual(['s/b']);
    expect(cache.range('s/c')).toEqual([]);
    expect(cache.range('z', 's')).toEqual([]);
    expect([cache.fresh, cache.staleSince]).toEqual([true, undefined]);
  });

  it('takes keys as text and as bytes, like every other call', async () => {
    await using client = clientIn(await etcd.server());
    for (const key of ['k/a', 'k/é', 'k/😀']) await client.put(key, '1');
    await using cache = await Cache.open(client.namespace('k/').all());
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(cache.get(bytes('é'))).toBe(cache.get('é'));
    expect([
      cache.has(bytes('😀')),
      cache.has(bytes('b')),
      cache.has(new Uint8Array([0xff])),
    ]).toEqual([true, false, false]);
    const keys = (...range: Parameters<typeof cache.range>) =>
      cache.range(...range).map(({ key }) => key);
    expect(keys(bytes('b'), '😀')).toEqual(['é']);
    // A bound need not be text.
    expect(keys('a', new Uint8Array([0xf0]))).toEqual(['a', 'é']);
    expect(keys(new Uint8Array([0xc3]), new Uint8Array([0xff]))).toEqual(['é', '😀']);
    expect(keys(bytes('é'))).toEqual(['é']);
  });

  it('reads many records at one revision, while they are written', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    const all = (value: string) =>
      Array.from({ length: 100 }, (_, i) => op.put(`k/${String(i).padStart(2, '0')}`, value));
    await client
      .txn()
      .then(...all('0'))
      .commit();
    let writing = true;
    const writes = (async () => {
      for (let i = 1; writing; i++)
        await client
          .txn()
          .then(...all(String(i)))
          .commit();
    })();
    await using cache = await Cache.open(client.prefix('k/'));
    const mixed: string[] = [];
    const look = (): void => {
      const values = new Set([...cache].map(({ value }) => value));
      if (values.size !== 1) mixed.push([...values].join());
    };
    look();
    cache.on('change', look);
    await until(() => Number(cache.get('k/00')?.value) > 20);
    writing = false;
    await writes;
    expect(mixed).toEqual([]);
    expect(cache.size).toBe(100);
  });

  it('emits each change when the whole transaction is there', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    await client.put('a', '1');
    await client.put('b', '1');
    await using cache = await Cache.open(client.all());
    const states: string[] = [];
    const changes: CacheChange[] = [];
    cache.on('change', (change) => {
      changes.push(change);
      states.push(inWords(cache).join());
    });
    const first = cache.get('a');
    const { header } = await client
      .txn()
      .then(op.put('a', '2'), op.delete('b'), op.put('c', '1'))
      .commit();
    await cache.waitFor(header.revision);
    expect(cache.revision).toBe(header.revision);
    expect(states).toEqual(['a=2,c=1', 'a=2,c=1', 'a=2,c=1']);
    expect(
      changes.map(({ type, key, revision }) => [type, key, revision === header.revision]),
    ).toEqual([
      ['put', 'a', true],
      ['delete', 'b', true],
      ['put', 'c', true],
    ]);
    expect(changes[0]?.prev).toBe(first);
    expect(changes[0]?.kv).toBe(cache.get('a'));
    expect(changes[1]).toMatchObject({ kv: undefined, prev: { value: '1' } });
    expect(changes[2]?.prev).toBeUndefined();
  });

  it('shows one state to a loop that awaits', async () => {
    await using client = clientIn(await etcd.server());
    for (const key of ['a', 'b', 'c']) await client.put(key, '1');
    await using cache = await Cache.open(client.all());
    const seen: string[] = [];
    for (const { key, value } of cache) {
      seen.push(`${key}=${value}`);
      const { header } = await client.put('c', '2');
      await client.delete('b');
      await cache.waitFor(header.revision);
    }
    expect(seen).toEqual(['a=1', 'b=1', 'c=1']);
    await cache.sync();
    expect(inWords(cache)).toEqual(['a=1', 'c=2']);
  });

  it('has all earlier writes after sync(), and a revision that counts all writes', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    await using other = clientOf(server);
    await using cache = await Cache.open(client.prefix('s/'));
    for (let i = 0; i < 20; i++) {
      const { header } = await client.put(`s/${i % 3}`, String(i));
      await cache.sync();
      expect(cache.get(`s/${i % 3}`)?.value).toBe(String(i));
      expect(cache.revision).toBeGreaterThanOrEqual(header.revision);
      const elsewhere = await other.put('elsewhere', String(i));
      await Promise.all([cache.sync(), cache.sync()]);
      expect(cache.revision).toBeGreaterThanOrEqual(elsewhere.header.revision);
    }
    const deleted = await client.prefix('s/').delete();
    await cache.sync();
    expect(cache.size).toBe(0);
    expect(cache.revision).toBeGreaterThanOrEqual(deleted.header.revision);
  });

  it('ends a wait by its timeout, its signal, and with the cache', async () => {
    await using client = clientIn(await etcd.server());
    await using cache = await Cache.open(client.all());
    const future = cache.revision + 1_000n;
    expect(await failureOf(cache.waitFor(future, { timeoutMs: 20 }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('20 ms'),
    });
    const abort = new AbortController();
    const aborted = failureOf(cache.waitFor(future, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    expect(await aborted).toMatchObject({
      ...{ code: 'ABORTED', message: 'Cache.waitFor was aborted' },
      cause: { message: 'enough' },
    });
    const left = failureOf(cache.waitFor(future));
    await cache.close();
    await cache.close();
    expect(await left).toMatchObject({ code: 'CACHE_CLOSED' });
    expect(await failureOf(cache.sync())).toMatchObject({ code: 'CACHE_CLOSED' });
    expect(cache.fresh).toBe(false);
    expect(cache.staleSince).toBeInstanceOf(Date);
  });

  it('ends with its signal, and with its client', async () => {
    await using client = clientIn(await etcd.server());
    const abort = new AbortController();
    const cache = await Cache.open(client.all(), { signal: abort.signal });
    abort.abort();
    expect(await failureOf(cache.sync())).toMatchObject({ code: 'CACHE_CLOSED' });
    expect(await failureOf(Cache.open(client.all(), { signal: abort.signal }))).toMatchObject({
      code: 'ABORTED',
    });
    await client.put('a', '1');
    const second = await Cache.open(client.all());
    const ended = deferred<unknown>();
    second.on('error', ended.resolve);
    await client.close();
    expect(await ended.promise).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(second.fresh).toBe(false);
    expect(second.get('a')?.value).toBe('1');
    expect(await failureOf(second.sync())).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('refuses wrong arguments by name', async () => {
    await using client = clientIn(await etcd.server());
    const open = Cache.open as (...args: unknown[]) => Promise<Cache>;
    const refused = async (...args: unknown[]): Promise<string> => {
      const error = await failureOf(open.call(Cache, ...args));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      return error.message;
    };
    expect(await refused(client)).toContain('selection: got an instance of EtcdClient');
    expect(await refused(undefined)).toContain('selection: got undefined');
    expect(await refused(client.all().limit(3))).toContain('limit');
    expect(await refused(client.range('b', 'a'))).toContain('no keys');
    expect(await refused(client.all(), { ondecodeError: 'skip' })).toContain('onDecodeError');
    expect(await refused(client.all(), { onDecodeError: 'ignore' })).toContain('onDecodeError');
    expect(await refused(client.all(), { timeoutMs: -1 })).toContain('timeoutMs: got -1');
    const make = Cache as unknown as new (selection: unknown) => unknown;
    expect(thrownBy(() => new make(client.all())).message).toContain('await Cache.open(selection)');
    await using cache = await Cache.open(client.all());
    const wrong = 7 as unknown as string;
    for (const look of [
      () => cache.get(wrong),
      () => cache.has(wrong),
      () => cache.range(wrong),
      () => cache.range('', wrong),
    ]) {
      expect(thrownBy(look).message).toMatch(/^(key|start|end): got 7/);
    }
    expect((await failureOf(cache.waitFor(-1n))).message).toContain('revision: got -1n');
    expect((await failureOf(cache.waitFor(1n, { timeout: 3 } as object))).message).toContain(
      'timeoutMs?',
    );
    expect((await failureOf(cache.sync({ timeoutMs: Number.NaN }))).message).toContain('timeoutMs');
    expect(thrownBy(() => cache.on('changed' as 'change', () => {})).message).toContain('change');
  });

  it('continues after records that cannot be decoded', async () => {
    await using client = clientIn(await etcd.server());
    const numbers = client.as(codecs.json<number>()).prefix('s/');
    const badKey = new Uint8Array([0x73, 0x2f, 0xff]);
    await client.put('s/bad', '{');
    await client.put('s/good', '1');
    await client.put(badKey, '1');
    await using throwing = await Cache.open(numbers);
    await using skipping = await Cache.open(numbers, { onDecodeError: 'skip' });
    const errors: unknown[] = [];
    await using telling = await Cache.open(numbers, {
      onDecodeError: (error: DecodeError) => void errors.push(error.key),
    });
    expect([...throwing].map(({ key }) => key)).toEqual(['s/bad', 's/good']);
    expect(thrownBy(() => throwing.get('s/bad')?.value)).toMatchObject({ key: 's/bad' });
    expect([...skipping].map(({ value }) => value)).toEqual([1]);
    expect(errors).toEqual(['s/bad', badKey]);
    const changes = told(skipping);
    await client.put('s/good', '}');
    await client.put('s/bad', '2');
    await client.delete(badKey);
    await client.delete('s/good');
    await client.put('s/good', '3');
    // On servers that do not tell their progress, what is left out has to be counted.
    for (const cache of [throwing, skipping, telling]) await cache.sync();
    expect([...skipping].map(({ value }) => value)).toEqual([2, 3]);
    expect([...throwing].map(({ value }) => value)).toEqual([2, 3]);
    expect(changes).toEqual(['delete s/good 1>', 'put s/bad >2', 'put s/good >3']);
    expect(errors).toEqual(['s/bad', badKey, 's/good']);
  });

  it('counts revisions that change none of its records, where the server does not tell its progress', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    await using other = clientOf(server);
    await client.put('s/bad', '{');
    await using cache = await Cache.open(client.as(codecs.json()).prefix('s/'), {
      onDecodeError: 'skip',
    });
    const { header } = await other.put('elsewhere', 'x');
    await cache.sync({ timeoutMs: 10_000 });
    expect(cache.revision).toBeGreaterThanOrEqual(header.revision);
    expect(cache.size).toBe(0);
  });

  it('is stale while it is cut off, and fresh when it has everything again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    await direct.put('a', '1');
    await using cache = await Cache.open(client.all());
    const stale = deferred<unknown>();
    const fresh = deferred<string[]>();
    cache.once('stale', stale.resolve);
    cache.once('fresh', () => fresh.resolve(inWords(cache)));
    const before = Date.now();
    proxy.refuse();
    proxy.resetAll();
    await stale.promise;
    expect(cache.fresh).toBe(false);
    expect(cache.staleSince?.getTime()).toBeGreaterThanOrEqual(before);
    await direct.put('a', '2');
    await direct.put('b', '1');
    expect(inWords(cache)).toEqual(['a=1']);
    const late = cache.sync();
    await proxy.accept();
    expect(await fresh.promise).toEqual(['a=2', 'b=1']);
    await late;
    expect([cache.fresh, cache.staleSince]).toEqual([true, undefined]);
  });

  it('becomes stale within the time of its keepAlive when the network drops everything', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    const keepAlive = { intervalMs: 5_000, timeoutMs: 500 };
    await using client = clientOf(proxy, { keepAlive, timeoutMs: 60_000 });
    await direct.put('a', '1');
    await using cache = await Cache.open(client.all());
    await cache.sync();
    const stale = deferred<unknown>();
    const fresh = deferred<string[]>();
    cache.once('stale', stale.resolve).once('fresh', () => fresh.resolve(inWords(cache)));
    const before = Date.now();
    proxy.freeze();
    await direct.put('a', '2');
    // Nothing has told yet, so that only a question finds out.
    expect(await failureOf(cache.sync({ timeoutMs: 200 }))).toMatchObject({ code: 'TIMEOUT' });
    expect(await failureOf(cache.sync({ signal: AbortSignal.timeout(1) }))).toMatchObject({
      code: 'ABORTED',
    });
    // Both have ended by their own limits.
    expect(cache.fresh).toBe(true);
    // The default would be too late.
    await within(stale.promise, 12_000, 'the cache to be stale');
    expect(cache.fresh).toBe(false);
    expect(cache.staleSince?.getTime()).toBeGreaterThanOrEqual(before);
    expect(inWords(cache)).toEqual(['a=1']);
    proxy.thaw();
    expect(await fresh.promise).toEqual(['a=2']);
    await cache.sync();
  });

  it('reads the records again after a compaction, and emits the differences', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    for (const key of ['kept', 'changed', 'deleted', 'again']) await direct.put(`s/${key}`, '1');
    await using cache = await Cache.open(client.prefix('s/'));
    const kept = cache.get('s/kept');
    const changes = told(cache);
    const states: string[] = [];
    cache.on('change', () => states.push(inWords(cache).join()));
    const fresh = deferred();
    const staleErrors: unknown[] = [];
    cache.on('stale', (error) => void staleErrors.push(error)).once('fresh', () => fresh.resolve());
    proxy.refuse();
    proxy.resetAll();
    await until(() => !cache.fresh);
    await direct.put('s/changed', '2');
    await direct.delete('s/deleted');
    await direct.delete('s/again');
    await direct.put('s/again', '1');
    await direct.put('s/new', '1');
    const { header } = await direct.put('elsewhere', '1');
    await direct.compact(header.revision);
    await proxy.accept();
    await fresh.promise;
    expect(changes).toEqual([
      'put s/again 1>1',
      'put s/changed 1>2',
      'put s/new >1',
      'delete s/deleted 1>',
    ]);
    expect(new Set(states)).toEqual(new Set(['s/again=1,s/changed=2,s/kept=1,s/new=1']));
    expect(cache.get('s/kept')).toBe(kept);
    expect(cache.revision).toBe(header.revision);
    expect(staleErrors).toHaveLength(1);
    await direct.put('s/kept', '2');
    await cache.sync();
    expect(cache.get('s/kept')?.value).toBe('2');
  });

  it('does not open when no server answers, and leaves nothing behind', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.put('a', '1');
    proxy.freeze();
    expect(await failureOf(Cache.open(client.all(), { timeoutMs: 100 }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('100 ms'),
    });
    proxy.thaw();
    await using cache = await Cache.open(client.all());
    expect(cache.size).toBe(1);
    await using closed = new EtcdClient({ endpoints: server.endpoint });
    await closed.close();
    expect(await failureOf(Cache.open(closed.all()))).toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});
