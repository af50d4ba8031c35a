import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { LOG_LINES } from '../../src/diagnostics/logger.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { memoryLog } from '../support/memory-log.js';
import { readPromql } from '../support/promql.js';
import { recordMessages } from '../support/recorded-diagnostics.js';
import { startTelemetry } from '../support/telemetry.js';
import { until } from '../support/wait.js';
import { root } from '../types/diagnostics.js';

const GUIDE = await readFile(join(root, 'docs', 'observability.md'), 'utf8');

/** The first three cells of each row of the table that stands behind a mark. */
function tableOf(mark: string): readonly (readonly [string, string, string])[] {
  const text = GUIDE.split(`<!-- ${mark} -->`)[1]?.split('<!-- end -->')[0] ?? '';
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((line) => {
    const [first = '', second = '', third = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim().replaceAll('`', ''));
    return [first, second, third];
  });
}

/** The expressions of the dashboard: those of its panels, and those of the choices above them. */
async function expressionsOfDashboard(): Promise<readonly string[]> {
  const text = await readFile(join(root, 'examples', 'grafana-dashboard.json'), 'utf8');
  const { panels, templating } = JSON.parse(text) as {
    panels: readonly { type: string; targets?: readonly { expr: string }[] }[];
    templating: { list: readonly { query?: string }[] };
  };
  for (const { type, targets = [] } of panels) {
    if (type !== 'row') expect(targets.length).toBeGreaterThan(0);
  }
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.flatMap(({ query }) => (query?.startsWith('label_values') ? query : [])),
  ];
}

/** Fields of a payload as its type has them, and the words that one of them may be. */
async function readPayload(type: string) {
  const path = join(root, 'src', 'diagnostics', 'messages.ts');
  const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest);
  const fields = new Set<string>();
  const words = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node)) fields.add(node.name.getText(source));
    if (ts.isStringLiteral(node)) words.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const statement of source.statements) {
    const named = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    const isReason =
      type === 'EndpointDiagnostics' && named && statement.name.text === 'SetAsideReason';
    if (named && (statement.name.text === type || isReason)) visit(statement);
  }
  return { fields: [...fields].sort(), words: [...words] };
}

/** Labels that Prometheus gives to what it collects, and to the buckets of a histogram. */
const OF_PROMETHEUS = ['job', 'le'];

/**
 * Names of the series in Prometheus with their labels, by the rule of OpenTelemetry's specification: the unit and
 * `total` are suffixes, a histogram has three series, and names have no dots.
 */
function seriesOf(metrics: readonly MetricData[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    metrics.flatMap((metric) => {
      const points: readonly { readonly attributes: object }[] = metric.dataPoints;
      const attributes = new Set(points.flatMap((point) => Object.keys(point.attributes)));
      const labels = [...attributes].map(withoutDots);
      return namesOf(metric).map((name) => [name, labels] as const);
    }),
  );
}

function namesOf({ descriptor, dataPointType, ...metric }: MetricData): readonly string[] {
  const unit = descriptor.unit === 's' ? '_seconds' : '';
  const name = `${withoutDots(descriptor.name)}${unit}`;
  if (dataPointType === DataPointType.HISTOGRAM) {
    return ['_bucket', '_count', '_sum'].map((suffix) => name + suffix);
  }
  return ['isMonotonic' in metric && metric.isMonotonic ? `${name}_total` : name];
}

const withoutDots = (name: string): string => name.replaceAll('.', '_');

describe('the guide to observability', () => {
  it('has a row for each line of the log', () => {
    const lines = Object.values(LOG_LINES).flatMap((kinds) => Object.values(kinds));
    const calls = [
      ['debug', 'request done'],
      ['debug', 'request failed'],
    ];
    const rows = tableOf('log').map(([level, message]) => [level, message]);
    expect(rows.sort()).toEqual([...calls, ...lines].sort());
  });

  it('lists the fields of the payload of each line', async () => {
    const typed = await Promise.all(
      Object.keys(LOG_LINES).map(async (topic) => {
        const { fields } = await readPayload(
          `${topic.charAt(0).toUpperCase()}${topic.slice(1)}Diagnostics`,
        );
        return [topic, [...fields, 'code']] as const;
      }),
    );
    const rows = new Map(
      tableOf('log').map(([, message, fields]) => [message, fields.split(', ')]),
    );
    for (const [topic, fields] of typed) {
      const lines = Object.values(LOG_LINES[topic as keyof typeof LOG_LINES]);
      const documented = lines.flatMap(([, message]) => rows.get(message) ?? []);
      expect([...new Set([...documented, 'kind', 'code'])].sort()).toEqual(
        [...new Set(fields)].sort(),
      );
    }
  });
});

describe('the payloads of the channels', () => {
  it.each([
    ['call', 'CallDiagnostics'],
    ['retry', 'RetryDiagnostics'],
    ['endpoint', 'EndpointDiagnostics'],
    ['stream', 'StreamDiagnostics'],
    ['watch', 'WatchDiagnostics'],
    ['lease', 'LeaseDiagnostics'],
    ['lock', 'LockDiagnostics'],
  ])('are documented field by field: etcd-kit.%s', async (topic, type) => {
    const section = GUIDE.split(`### \`etcd-kit.${topic}\`\n`)[1]?.split(/^##/m)[0] ?? '';
    expect(section).toContain(`\`${type}\``);
    const fields = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
    const { fields: typed, words } = await readPayload(type);
    expect([...fields].sort()).toEqual(typed);
    for (const word of words) expect(section).toContain(`\`${word}\``);
  });
});

describeEtcd('the metrics', (context) => {
  it('are those of the guide and of the dashboard, by their names in Prometheus', async () => {
    const server = await context.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using telemetry = startTelemetry();
    const { lines, fields, logger } = memoryLog();
    await using etcd = clientOf(proxy, { batching: false, logger });
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
    const exported = seriesOf(await telemetry.metrics());
    const used = (await expressionsOfDashboard()).map(readPromql);
    for (const { metrics, labels } of used) {
      expect(metrics).toHaveLength(1);
      for (const metric of metrics) {
        expect([...exported.keys()]).toContain(metric);
        expect([...(exported.get(metric) ?? []), ...OF_PROMETHEUS]).toEqual(
          expect.arrayContaining([...labels]),
        );
      }
    }
    expect(new Set(used.flatMap(({ metrics }) => metrics)).size).toBeGreaterThan(9);
    // The program of the guide calls what it measures by the same names, so that the dashboard is good for both.
    const inGuide = [...GUIDE.matchAll(/new (?:Histogram|Counter|Gauge)\(\{ name: '(\w+)'/g)];
    expect(inGuide).toHaveLength(4);
    for (const [, name = ''] of inGuide) {
      expect([...exported.keys()].map((series) => series.replace(/_count$/, ''))).toContain(name);
    }
    const documented = tableOf('metrics').map(([name]) => name);
    const recorded = (await telemetry.metrics()).map(({ descriptor }) => descriptor.name);
    expect([...documented].sort()).toEqual([...recorded].sort());
    await watcher.cancel();
    // Each line of the log has no other fields than its row.
    const rows = new Map(tableOf('log').map(([, message, names]) => [message, names.split(', ')]));
    for (const [i, line] of lines.entries()) {
      const message = line.slice(line.indexOf(' ') + 1);
      expect([line, rows.get(message)]).toEqual([
        line,
        expect.arrayContaining(Object.keys(fields[i] ?? {})),
      ]);
    }
    expect(new Set(lines).size).toBeGreaterThan(10);
  });
});
