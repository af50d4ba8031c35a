import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { beforeAll, expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdKitInstrumentation } from '../../src/opentelemetry/index.js';
import { clientIn, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { idsOf, startTelemetry } from '../support/telemetry.js';
import { until } from '../support/wait.js';

describeEtcd('the OpenTelemetry instrumentation', (context) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await context.server();
  });

  it('makes a client span for each request, below the span of its caller', async () => {
    await using telemetry = startTelemetry();
    await using etcd = clientIn(server);
    await etcd.put('warm', 'v');
    const parents = await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        telemetry.tracer.startActiveSpan(`request ${key}`, async (span) => {
          await etcd.get(key);
          span.end();
          return span.spanContext();
        }),
      ),
    );
    const { hostname, port } = new URL(server.endpoint);
    const gets = telemetry.named('get');
    expect(gets.map(({ parentSpanContext }) => parentSpanContext?.spanId).sort()).toEqual(
      parents.map(({ spanId }) => spanId).sort(),
    );
    for (const span of gets) {
      expect(span.kind).toBe(SpanKind.CLIENT);
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
      expect(span.attributes).toMatchObject({
        'db.system.name': 'etcd',
        'db.operation.name': 'get',
        'rpc.system.name': 'grpc',
        'rpc.method': 'etcdserverpb.KV/Range',
        'server.address': hostname,
        'server.port': Number(port),
        'etcd_kit.attempts': 1,
      });
    }
    await failureOf(etcd.get('a', { revision: 10n ** 9n }));
    expect(telemetry.named('get').at(-1)).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: expect.stringContaining('revision') },
      attributes: { 'error.type': 'FUTURE_REVISION', 'etcd_kit.outcome': 'not-applied' },
    });
    const failed = (await telemetry.points('db.client.operation.duration')).find(
      ({ attributes }) => attributes['error.type'] === 'FUTURE_REVISION',
    );
    expect(failed).toMatchObject({
      attributes: { 'db.operation.name': 'get', 'etcd_kit.outcome': 'not-applied' },
      value: { count: 1, buckets: { boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] } },
    });
  });

  it('makes a span for the wait for a lock and one for its hold, linked', async () => {
    await using telemetry = startTelemetry();
    await using etcd = clientIn(server);
    await using session = await Session.create(etcd);
    const parent = await telemetry.tracer.startActiveSpan('job', async (span) => {
      await new Mutex(session, 'lock').withLock(() => etcd.get('a'));
      span.end();
      return span.spanContext();
    });
    const [wait] = telemetry.named('lock wait');
    const [hold] = telemetry.named('lock hold');
    expect(wait?.parentSpanContext).toMatchObject(idsOf(parent));
    expect(hold?.parentSpanContext).toMatchObject(idsOf(parent));
    expect(hold?.links.map((link) => idsOf(link.context))).toEqual([
      wait && idsOf(wait.spanContext()),
    ]);
    expect(hold?.attributes).toMatchObject({
      'etcd_kit.lock.name': 'lock',
      'etcd_kit.lock.type': 'lock',
      'etcd_kit.lock.fencing_token': expect.any(String),
    });
    expect(await telemetry.points('etcd_kit.lock.wait.duration')).toMatchObject([
      { attributes: { 'etcd_kit.lock.type': 'lock' }, value: { count: 1 } },
    ]);
    expect(await telemetry.points('etcd_kit.lock.hold.duration')).toMatchObject([
      { attributes: { 'etcd_kit.lock.type': 'lock' }, value: { count: 1 } },
    ]);
  });

  it('links a watch that was resumed with the one before, and measures what lasts', async () => {
    await using proxy = await startProxy({ target: server.endpoint });
    await using telemetry = startTelemetry();
    await using etcd = clientIn(proxy);
    await using lease = await etcd.lease.grant(60, { keepAlive: true });
    const watcher = etcd.watch('watched');
    await watcher.ready;
    proxy.resetAll();
    await until(() => telemetry.named('watch resume').length > 0);
    const [open] = telemetry.named('watch open');
    const [resume] = telemetry.named('watch resume');
    expect(resume?.links.map((link) => idsOf(link.context))).toEqual([
      open && idsOf(open.spanContext()),
    ]);
    expect(resume?.attributes['etcd_kit.watch.key']).toContain('watched');
    const watching = (await telemetry.points('etcd_kit.watches')).filter(
      ({ value }) => value === 1,
    );
    expect(watching).toMatchObject([{ attributes: { 'etcd_kit.state': 'watching' } }]);
    const [left] = await telemetry.points('etcd_kit.lease.remaining');
    expect(left?.value).toBeGreaterThan(lease.ttlSeconds / 2);
    const streams = async () =>
      (await telemetry.points('etcd_kit.streams')).find(
        ({ attributes }) => attributes['rpc.method'] === 'etcdserverpb.Watch/Watch',
      )?.value;
    expect(await streams()).toBe(1);
    await watcher.cancel();
    expect(await streams()).toBe(0);
    expect(await telemetry.points('etcd_kit.watch.lag')).toMatchObject([{ value: 0 }]);
    const events = await telemetry.points('etcd_kit.endpoint.events');
    expect(events.map(({ attributes }) => attributes['etcd_kit.event']).sort()).toEqual([
      'connected',
      'disconnected',
    ]);
  });

  it('fits registerInstrumentations, and is silent when it is disabled', async () => {
    await using telemetry = startTelemetry();
    telemetry.instrumentation.disable();
    await using etcd = clientIn(server);
    await etcd.get('a');
    expect(telemetry.spans).toEqual([]);
    const instrumentation: Instrumentation = telemetry.instrumentation;
    const { tracerProvider } = telemetry;
    const unload = registerInstrumentations({
      instrumentations: [instrumentation],
      tracerProvider,
    });
    await etcd.get('a');
    expect(telemetry.named('get')).toHaveLength(1);
    unload();
    await etcd.get('a');
    expect(telemetry.named('get')).toHaveLength(1);
    expect(thrownBy(() => new EtcdKitInstrumentation({ enable: true } as object)).message).toMatch(
      /enabled/,
    );
  });
});
