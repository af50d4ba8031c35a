import { SpanStatusCode } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { describeEtcd } from '../support/describe-etcd.js';
import { loseLeader } from '../support/leader-loss.js';
import { memoryLog } from '../support/memory-log.js';
import type { Told } from '../support/recorded-diagnostics.js';
import { startTelemetry } from '../support/telemetry.js';

describeEtcd('a cluster of three that loses its leader under load', (context) => {
  it('is seen in the channels, the log, the spans and the metrics, in order', async () => {
    await using cluster = await context.cluster();
    await using telemetry = startTelemetry();
    const { lines, logger } = memoryLog();
    const story = await loseLeader(cluster, logger);
    const { messages, calls, lost } = story;

    // The channels: the client connects everywhere, loses one member, and its watch goes on at another.
    const place = (holds: (message: Told) => boolean): number => messages.findIndex(holds);
    const isAbout = (kind: Told['kind'], endpoint: string) => (message: Told) =>
      message.kind === kind && 'endpoint' in message && message.endpoint === endpoint;
    const inOrder = [
      place(isAbout('connected', lost)),
      place(({ topic, kind }) => topic === 'lock' && kind === 'held'),
      place((message) => message.topic === 'watch' && isAbout('opened', lost)(message)),
      place(isAbout('disconnected', lost)),
      place(({ topic, kind }) => topic === 'watch' && kind === 'resumed'),
      place(({ topic, kind }) => topic === 'lock' && kind === 'released'),
    ];
    expect(inOrder).not.toContain(-1);
    expect(inOrder).toEqual([...inOrder].sort((left, right) => left - right));
    const retries = messages.filter(({ topic }) => topic === 'retry');
    expect(retries).toContainEqual({
      topic: 'retry',
      kind: 'retry',
      method: 'KV.Range',
      attempt: 2,
      reason: 'UNAVAILABLE',
      endpoint: lost,
      delayMs: expect.any(Number),
    });
    expect(messages.some(({ kind }) => kind === 'lost')).toBe(false);

    // The calls: a read never fails, it is sent again; a write is told to be unknown where it may have been
    // applied. At least one read was under way at the leader; how many more calls is a matter of chance.
    const reads = calls.filter(({ operation }) => operation === 'get');
    expect(reads.filter(({ outcome }) => outcome !== undefined)).toEqual([]);
    expect(reads.some(({ attempts }) => attempts > 1)).toBe(true);
    expect(story.failed.every(({ outcome }) => outcome === 'unknown')).toBe(true);
    const ofLoad = calls.filter(({ operation }) => operation === 'get' || operation === 'put');
    expect(ofLoad.filter(({ outcome }) => outcome !== undefined)).toHaveLength(story.failed.length);
    expect(reads.at(-1)?.endpoint).not.toBe(lost);

    // The log says the same in words.
    const told = lines.filter((line) => !line.startsWith('debug '));
    expect(told.slice(0, told.indexOf('warn endpoint disconnected'))).toContain('info lock held');
    expect(told.slice(told.indexOf('warn endpoint disconnected'))).toContain('info watch resumed');
    expect(told.filter((line) => line.startsWith('error '))).toEqual([]);
    expect(lines.filter((line) => line === 'debug request is sent again')).toHaveLength(
      retries.length,
    );

    // A span for each call, with the attempts it took; a failed one says why.
    const spans = telemetry.spans.filter(({ name }) => name === 'get' || name === 'put');
    expect(spans).toHaveLength(ofLoad.length);
    const again = spans.filter(({ attributes }) => Number(attributes['etcd_kit.attempts']) > 1);
    expect(again.length).toBeGreaterThan(0);
    expect(again).toHaveLength(ofLoad.filter(({ attempts }) => attempts > 1).length);
    for (const { status, attributes } of spans) {
      expect(attributes['error.type'] !== undefined).toBe(status.code === SpanStatusCode.ERROR);
    }
    expect(telemetry.named('lock hold')).toHaveLength(1);
    expect(telemetry.named('watch resume')[0]?.links).toHaveLength(1);

    // The metrics are the sums of it.
    const sum = async (name: string, filter: Readonly<Record<string, string>> = {}) =>
      (await telemetry.points(name))
        .filter(({ attributes }) =>
          Object.entries(filter).every(([key, value]) => attributes[key] === value),
        )
        .reduce((total, { value }) => total + (typeof value === 'number' ? value : value.count), 0);
    expect(await sum('etcd_kit.retries')).toBe(retries.length);
    const measured = await Promise.all(
      ['get', 'put'].map((operation) =>
        sum('db.client.operation.duration', { 'db.operation.name': operation }),
      ),
    );
    expect(measured[0]).toBe(ofLoad.filter(({ operation }) => operation === 'get').length);
    expect(measured[1]).toBe(ofLoad.filter(({ operation }) => operation === 'put').length);
    expect(await sum('etcd_kit.endpoint.events', { 'etcd_kit.event': 'disconnected' })).toBe(
      messages.filter(({ kind }) => kind === 'disconnected').length,
    );
    expect(await sum('etcd_kit.streams')).toBe(0);
  }, 120_000);
});
