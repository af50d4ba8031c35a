import { beforeAll, expect, it } from 'vitest';
import type { Interceptor } from '../../src/index.js';
import type { KeyValue as RawKeyValue } from '../../src/rpc/generated/types.js';
import { clientIn } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';

/** What may be in an answer. */
interface Answer {
  readonly kvs?: readonly RawKeyValue[];
  readonly prevKvs?: readonly RawKeyValue[];
  readonly responses?: readonly { readonly responseRange?: Answer }[];
}

describeEtcd('an interceptor', (context) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await context.server();
  });

  /** Writes down each call with the options it has. */
  function recorder() {
    const seen: string[] = [];
    const note = (name: string, options: object | undefined) =>
      seen.push(`${name} ${JSON.stringify(options)}`);
    const interceptor: Interceptor = (next) => ({
      unary(method, request, options) {
        note(method.name, options);
        return next.unary(method, request, options);
      },
      serverStream(method, request, options) {
        note(method.name, options);
        return next.serverStream(method, request, options);
      },
      duplex(method, handlers, options) {
        note(method.name, options);
        return next.duplex(method, handlers, options);
      },
    });
    return { seen, interceptor };
  }

  it('sees each call of the user once, as it was made, before it is gathered', async () => {
    const { seen, interceptor } = recorder();
    await using etcd = clientIn(server, {
      interceptors: [interceptor],
      batching: { writes: true },
    });
    await etcd.put('warm', 'v');
    seen.length = 0;
    await Promise.all([etcd.put('a', '1', { timeoutMs: 4_000 }), etcd.put('b', '2')]);
    await Promise.all([etcd.get('a'), etcd.get('b', { metadata: { tenant: 'x' } }), etcd.get('c')]);
    expect(seen).toEqual([
      'KV.Put {"timeoutMs":4000}',
      'KV.Put {}',
      'KV.Range {}',
      'KV.Range {"metadata":{"tenant":"x"}}',
      'KV.Range {}',
    ]);
  });

  it('sees records that can be copied and compared', async () => {
    const seen: (Uint8Array | undefined)[] = [];
    const see = ({ kvs = [], prevKvs = [], responses = [] }: Answer): void => {
      const nested = responses.flatMap(({ responseRange }) => responseRange?.kvs ?? []);
      for (const record of [...kvs, ...prevKvs, ...nested]) seen.push({ ...record }.value);
    };
    const interceptor: Interceptor = (next) => ({
      async unary(method, request, options) {
        const answer = await next.unary(method, request, options);
        see(answer as Answer);
        return answer;
      },
    });
    await using etcd = clientIn(server, { interceptors: [interceptor] });
    await etcd.put('plain/a', 'one');
    await etcd.put('plain/b', 'two');
    await etcd.delete('plain/a', { prevKv: true });
    await etcd
      .txn()
      .then(etcd.op.get(etcd.prefix('plain/')))
      .commit();
    const { kvs } = await etcd.prefix('plain/').all();
    expect(seen.map((value) => value && new TextDecoder().decode(value))).toEqual([
      'one',
      'two',
      'two',
    ]);
    expect({ ...kvs[0] }).toMatchObject({ key: 'plain/b', value: 'two' });
    const raw = await etcd.rpc.kv.range({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) });
    expect(JSON.stringify(raw)).toContain('"version":"1"');
  });

  it('sees raw calls, streams, and calls of every part of the client', async () => {
    const { seen, interceptor } = recorder();
    await using etcd = clientIn(server, { interceptors: [interceptor] });
    await etcd.rpc.kv.range({ key: new Uint8Array([97]) }, { endpoint: etcd.endpoints[0] });
    await using watcher = etcd.prefix('w/').watch();
    await watcher.ready;
    await using lease = await etcd.lease.grant(30);
    await etcd.maintenance.status();
    for await (const chunk of etcd.maintenance.snapshot()) if (chunk.length > 0) break;
    expect(lease.alive).toBe(true);
    const names = seen.map((call) => call.split(' ')[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'KV.Range',
        'Watch.Watch',
        'Lease.LeaseGrant',
        'Maintenance.Status',
        'Maintenance.Snapshot',
      ]),
    );
    expect(seen[0]).toBe(`KV.Range {"endpoint":"${etcd.endpoints[0]}"}`);
    for (const call of seen) expect(call).not.toMatch(/avoid|onSend|longestPause|readOnly/);
  });
});
