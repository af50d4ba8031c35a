import { type HrTime, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import type { LogFields } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { loseLeader } from '../support/leader-loss.js';
import { memoryLog } from '../support/memory-log.js';
import type { Told } from '../support/recorded-diagnostics.js';
import { startTelemetry } from '../support/telemetry.js';

/** What has no place in a list, as `findIndex` answers, or no time. */
const MISSING = -1;

/** Places in a list, or times: none is missing, and none is before the one in front of it. */
function expectInOrder(places: readonly number[]): void {
  expect(places).not.toContain(MISSING);
  expect(places).toEqual([...places].sort((left, right) => left - right));
}

/** Time of a span in milliseconds. */
function msOf(time: HrTime | undefined): number {
  return time === undefined ? MISSING : time[0] * 1e3 + time[1] / 1e6;
}

describeEtcd('a cluster of three that loses its leader under load', (context) => {
  it('is seen in the channels, the log, the spans and the metrics, in order', async () => {
    await using cluster = await context.cluster();
    await using telemetry = startTelemetry();
    const { lines, fields, logger } = memoryLog();
    const story = await loseLeader(cluster, logger);
    const { messages, calls, lost, watch } = story;

    // The channels: the client connects everywhere, loses one member, and its watch goes on at another. Whether the
    // lock is held before that member is connected is chance: another one may have been asked.
    const place = (holds: (message: Told) => boolean): number => messages.findIndex(holds);
    const isAbout = (kind: Told['kind'], endpoint: string) => (message: Told) =>
      message.kind === kind && 'endpoint' in message && message.endpoint === endpoint;
    const isWatch = (kind: Told['kind']) => (message: Told) =>
      message.topic === 'watch' && message.kind === kind && message.watch === watch;
    expectInOrder([place(isAbout('connected', lost)), place(isWatch('opened'))]);
    expectInOrder([
      place(({ topic, kind }) => topic === 'lock' && kind === 'held'),
      place(isWatch('opened')),
      place(isAbout('disconnected', lost)),
      place(isWatch('resumed')),
      place(({ topic, kind }) => topic === 'lock' && kind === 'released'),
    ]);
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
    const written = (line: string, about: LogFields = {}): number =>
      lines.findIndex(
        (other, i) =>
          other === line &&
          Object.entries(about).every(([name, value]) => fields[i]?.[name] === value),
      );
    const opening = written('info watch opened', { watch, endpoint: lost });
    expectInOrder([written('info endpoint connected', { endpoint: lost }), opening]);
    expectInOrder([
      written('info lock held', { name: 'work' }),
      opening,
      written('warn endpoint disconnected', { endpoint: lost }),
      written('info watch resumed', { watch }),
      written('info lock released', { name: 'work' }),
    ]);
    expect(lines.filter((line) => line.startsWith('error '))).toEqual([]);
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
    // The spans in the order in which they ended. A hold is linked with its wait, and the watch that goes on with
    // its opening. The lock has a watch, too; openings have their spans in the order in which they were told.
    const end = (span: ReadableSpan | undefined): number =>
      span === undefined ? MISSING : telemetry.spans.indexOf(span);
    const after = (before: ReadableSpan | undefined): ReadableSpan | undefined =>
      telemetry.spans.find(
        ({ links: [link] }) => link && link.context.spanId === before?.spanContext().spanId,
      );
    const [wait] = telemetry.named('lock wait');
    const hold = after(wait);
    const openings = messages.filter(({ topic, kind }) => topic === 'watch' && kind === 'opened');
    const opened = telemetry.named('watch open')[openings.findIndex(isWatch('opened'))];
    const resumed = after(opened);
    expect([hold?.name, resumed?.name]).toEqual(['lock hold', 'watch resume']);
    expectInOrder([end(wait), end(opened), end(resumed), end(hold)]);
    // The read that the leader owed began while the lock was held, and before the watch went on. Whether it ended
    // before that as well is chance; but all of the load is over when the lock is given back.
    const [repeated] = again
      .filter(({ name }) => name === 'get')
      .sort((left, right) => msOf(left.startTime) - msOf(right.startTime));
    expectInOrder([msOf(hold?.startTime), msOf(repeated?.startTime), msOf(resumed?.endTime)]);
    expectInOrder([end(spans.at(-1)), end(hold)]);
    expect(telemetry.named('lock hold')).toHaveLength(1);

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
