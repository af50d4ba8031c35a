import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import {
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '@opentelemetry/semantic-conventions';
import { beforeAll, expect, it, vi } from 'vitest';
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
    const request = {
      [ATTR_DB_SYSTEM_NAME]: 'etcd',
      [ATTR_DB_OPERATION_NAME]: 'get',
      [ATTR_RPC_METHOD]: 'etcdserverpb.KV/Range',
      [ATTR_SERVER_ADDRESS]: hostname,
      [ATTR_SERVER_PORT]: Number(port),
    };
    for (const span of gets) {
      expect(span.kind).toBe(SpanKind.CLIENT);
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
      expect(span.attributes).toEqual({
        ...request,
        [ATTR_RPC_SYSTEM_NAME]: 'grpc',
        [ATTR_RPC_STATUS_CODE]: 'OK',
        'etcd_kit.attempts': 1,
        'etcd_kit.batch_size': expect.any(Number),
      });
    }
    const failures = {
      [ATTR_ERROR_TYPE]: 'FUTURE_REVISION',
      [ATTR_DB_RESPONSE_STATUS_CODE]: 'FUTURE_REVISION',
      [ATTR_RPC_STATUS_CODE]: 'OUT_OF_RANGE',
      'etcd_kit.outcome': 'not-applied',
    };
    await failureOf(etcd.get('a', { revision: 10n ** 9n }));
    const failed = telemetry.named('get').at(-1);
    expect(failed?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: expect.stringContaining('revision'),
    });
    expect(failed?.attributes).toMatchObject({ ...request, ...failures });
    await failureOf(etcd.get('a', { signal: AbortSignal.abort() }));
    expect(telemetry.named('get').at(-1)?.attributes).toMatchObject({
      [ATTR_ERROR_TYPE]: 'ABORTED',
      [ATTR_RPC_STATUS_CODE]: 'CANCELLED',
      'etcd_kit.attempts': 0,
    });
    const points = (await telemetry.points(METRIC_DB_CLIENT_OPERATION_DURATION)).filter(
      ({ attributes }) => attributes[ATTR_DB_OPERATION_NAME] === 'get',
    );
    const boundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
    expect(points.slice(0, 2)).toMatchObject([
      { value: { count: 3, buckets: { boundaries } } },
      { value: { count: 1 } },
    ]);
    expect(points.slice(0, 2).map(({ attributes }) => attributes)).toEqual([
      { ...request, [ATTR_RPC_STATUS_CODE]: 'OK' },
      { ...request, ...failures },
    ]);
  });

  it('computes no attributes of a span that is not recorded', async () => {
    await using telemetry = startTelemetry({ sampler: new AlwaysOffSampler() });
    await using etcd = clientIn(server);
    const span = telemetry.tracer.startSpan('not recorded');
    const set = vi.spyOn(Object.getPrototypeOf(span), 'setAttribute');
    await etcd.get('a');
    expect(set).not.toHaveBeenCalled();
    expect(telemetry.spans).toEqual([]);
    expect(await telemetry.points(METRIC_DB_CLIENT_OPERATION_DURATION)).toHaveLength(1);
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

  it('links a resumed watch with the one before, and measures watches, leases and streams', async () => {
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

  it('measures how far a watch is behind, until its events are taken', async () => {
    await using telemetry = startTelemetry();
    await using etcd = clientIn(server);
    const lag = async () =>
      (await telemetry.points('etcd_kit.watch.lag')).map(({ value }) => value);
    const watcher = etcd.prefix('lag/').watch();
    await watcher.ready;
    expect(await lag()).toEqual([0]);
    const keys = ['lag/1', 'lag/2', 'lag/3'];
    for (const key of keys) await etcd.put(key, 'v');
    await until(async () => (await lag())[0] === keys.length);
    for await (const { key } of watcher) if (key === keys.at(-1)) break;
    expect(await lag()).toEqual([0]);
  });

  it('works with registerInstrumentations, and records nothing when it is disabled', async () => {
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
