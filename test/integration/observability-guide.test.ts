import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { LOG_LINES } from '../../src/diagnostics/logger.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { recordMessages } from '../support/recorded-diagnostics.js';
import { startTelemetry } from '../support/telemetry.js';
import { until } from '../support/wait.js';
import { root } from '../types/diagnostics.js';

const GUIDE = await readFile(join(root, 'docs', 'observability.md'), 'utf8');

/** The first two cells of each row of the table that stands behind a mark. */
function tableOf(mark: string): readonly (readonly [string, string])[] {
  const text = GUIDE.split(`<!-- ${mark} -->`)[1]?.split('<!-- end -->')[0] ?? '';
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((line) => {
    const [, first = '', second = ''] = line.split('|').map((cell) => cell.trim());
    return [first.replaceAll('`', ''), second.replaceAll('`', '')];
  });
}

/** Names of metrics in the expressions of the dashboard. */
async function namesInDashboard(): Promise<readonly string[]> {
  const text = await readFile(join(root, 'examples', 'grafana-dashboard.json'), 'utf8');
  const { panels } = JSON.parse(text) as {
    panels: readonly { targets: readonly { expr: string }[] }[];
  };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return expressions.flatMap((expr) => expr.match(/\b(?:db_client|etcd_kit)_\w+(?=\{job)/g) ?? []);
}

/**
 * Names of a metric's series in Prometheus, by the rule of OpenTelemetry's specification: the unit and `total` are
 * suffixes, and a histogram has three series.
 */
function inPrometheus({ descriptor, dataPointType, ...metric }: MetricData): readonly string[] {
  const unit = descriptor.unit === 's' ? '_seconds' : '';
  const name = `${descriptor.name.replaceAll('.', '_')}${unit}`;
  if (dataPointType === DataPointType.HISTOGRAM) {
    return ['_bucket', '_count', '_sum'].map((suffix) => name + suffix);
  }
  return ['isMonotonic' in metric && metric.isMonotonic ? `${name}_total` : name];
}

describe('the guide to observability', () => {
  it('has a row for each line of the log', () => {
    const lines = Object.values(LOG_LINES).flatMap((kinds) => Object.values(kinds));
    const calls = [
      ['debug', 'request done'],
      ['debug', 'request failed'],
    ];
    expect([...tableOf('log')].sort()).toEqual([...calls, ...lines].sort());
  });
});

describeEtcd('the metrics', (context) => {
  it('are those of the guide and of the dashboard, by their names in Prometheus', async () => {
    const server = await context.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using telemetry = startTelemetry();
    await using etcd = clientOf(proxy, { batching: false });
    await using session = await Session.create(etcd, { ttlSeconds: 30 });
    const watcher = etcd.watch('a');
    await watcher.ready;
    await new Mutex(session, 'lock').withLock(() => etcd.put('a', '1'));
    await failureOf(etcd.get('a', { revision: 10n ** 9n }));
    using told = recordMessages();
    await until(async () => {
      const reads = Promise.all([etcd.get('a'), etcd.get('b')]);
      proxy.resetAll();
      await reads;
      return told.kinds('retry').length > 0;
    });
    const names = (await telemetry.metrics()).flatMap(inPrometheus);
    for (const name of await namesInDashboard()) expect(names).toContain(name);
    expect((await namesInDashboard()).length).toBeGreaterThan(10);
    const documented = tableOf('metrics').map(([name]) => name);
    const recorded = (await telemetry.metrics()).map(({ descriptor }) => descriptor.name);
    expect([...documented].sort()).toEqual([...recorded].sort());
    await watcher.cancel();
  });
});
