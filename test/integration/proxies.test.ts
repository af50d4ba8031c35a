import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { CompactedError } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { PROXIES, proxyMissing, startRealProxy } from '../support/proxies.js';
import { skipSuite } from '../support/skip.js';
import { atLeast } from '../support/versions.js';
import { within } from '../support/wait.js';

/** Nearly the largest value that a server takes by default. */
const LARGE = 'x'.repeat(1_400_000);
const RECORDS = 300;

for (const name of PROXIES) {
  const missing = proxyMissing(name);
  if (missing !== undefined) {
    skipSuite(`through ${name}`, missing);
    continue;
  }
  describeEtcdConcurrently(`through ${name}`, (etcd) => {
    it('pass keys, transactions, large values and iterations', async () => {
      const server = await etcd.server();
      await using proxy = await startRealProxy(name, server, etcd.series);
      await using client = clientOf(proxy);
      await client.put('k', '1');
      const { succeeded } = await client
        .txn()
        .if(client.compare('k').value('==', '1'))
        .then(client.op.put('k', '2'), client.op.put('large', LARGE))
        .commit();
      expect(succeeded).toBe(true);
      const [k, large] = await Promise.all([client.get('k'), client.get('large')]);
      expect([k?.value, large?.value]).toEqual(['2', LARGE]);
      for (let i = 0; i < RECORDS; i += 1) await client.put(`many/${i}`, 'v');
      let records = 0;
      for await (const _ of client.prefix('many/')) records += 1;
      expect(records).toBe(RECORDS);
      expect((await client.prefix('many/').delete()).deleted).toBe(RECORDS);
    });

    it('pass watches, with their history and its end', async () => {
      await using server = await etcd.start();
      await using proxy = await startRealProxy(name, server, etcd.series);
      await using client = clientOf(proxy);
      const first = (await client.put('w', '0')).header.revision;
      await using watcher = client.watch('w', { startRevision: first });
      const seen: string[] = [];
      for (let i = 1; i < 10; i += 1) await client.put('w', String(i));
      for await (const event of watcher) {
        if (event.type === 'put') seen.push(event.kv.value);
        if (seen.length === 10) break;
      }
      expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
      await client.compact(first + 5n);
      await using late = client.watch('late', { startRevision: first });
      const error = await failureOf(within(late[Symbol.asyncIterator]().next()));
      expect(error).toBeInstanceOf(CompactedError);
    });

    it('pass leases and locks of two clients', async () => {
      await using server = await etcd.start();
      await using proxy = await startRealProxy(name, server, etcd.series);
      await using client = clientOf(proxy);
      await using other = clientOf(proxy);
      await using session = await Session.create(client, { ttlSeconds: 6 });
      await using rival = await Session.create(other, { ttlSeconds: 6 });
      const lock = await new Mutex(session, 'lock').acquire();
      expect(await new Mutex(rival, 'lock').tryAcquire()).toBeUndefined();
      const waiting = new Mutex(rival, 'lock').acquire();
      await within(new Promise((resolve) => session.lease.once('renewed', resolve)));
      expect(session.signal.aborted).toBe(false);
      await lock.release();
      const next = await within(waiting);
      expect(next.signal.aborted).toBe(false);
    });

    if (name === 'grpc-proxy') {
      it('tell a watch of old changes that they are gone, or what comes where none are', async () => {
        await using server = await etcd.start();
        await using proxy = await startRealProxy(name, server, etcd.series);
        await using client = clientOf(proxy);
        const first = (await client.put('other', '0')).header.revision;
        await using quiet = client.watch('quiet', { startRevision: first });
        await quiet.ready;
        for (let i = 1; i < 10; i += 1) await client.put('other', String(i));
        await client.compact(first + 5n);
        await using late = client.watch('quiet', { startRevision: first + 2n });
        const next = late[Symbol.asyncIterator]().next();
        const result = next.catch((error: unknown) => error);
        await within(late.ready);
        await client.put('quiet', '1');
        const told = await within(result);
        // The proxy may serve it from the watch beside it, which has seen all there was.
        if (told instanceof Error) expect(told).toBeInstanceOf(CompactedError);
        else expect(told).toMatchObject({ value: { key: 'quiet', kv: { value: '1' } } });
      });
    }

    if (!atLeast(etcd.version, '3.5.8')) return;
    it(name === 'grpc-proxy' ? 'never tell a progress' : 'tell a progress', async () => {
      const server = await etcd.server();
      await using proxy = await startRealProxy(name, server, etcd.series);
      await using client = clientOf(proxy);
      await using watcher = client.watch('quiet');
      await watcher.ready;
      const asked = watcher.requestProgress({ timeoutMs: 2_000 });
      if (name === 'grpc-proxy') {
        const error = await failureOf(asked);
        expect([error.code, error.message]).toEqual([
          'TIMEOUT',
          expect.stringMatching(/grpc-proxy/),
        ]);
      } else expect(await asked).toBeGreaterThan(0n);
    });
  });
}
