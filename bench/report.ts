import type { ClientName } from './clients/bench-client.js';
import { PERFORMANCE, writeBetween } from './docs.js';
import type { Footprint } from './footprint.js';
import type { Outcomes } from './legs.js';
import type { Measure, PlannedLeg } from './plan.js';
import { LOOK_EVERY_MS } from './renewals.js';
import type { Outcome } from './tasks/task.js';

/** One client's place in a row: medians of the rounds. */
export interface Cell {
  readonly client: ClientName;
  readonly text: string;
  /** How many times better than the baseline. */
  readonly ratio: number;
  readonly median: Outcome;
}

export interface Row {
  readonly group: string;
  readonly name: string;
  readonly measure: Measure;
  readonly baseline: ClientName;
  readonly rounds: number;
  readonly cells: readonly Cell[];
}

/** A whole run, as it is written to the file. */
export interface Results {
  readonly date: string;
  readonly node: string;
  readonly etcd: string;
  /** The clients it is compared with, with their versions. */
  readonly peers: readonly string[];
  readonly machine: string;
  readonly quick: boolean;
  readonly rows: readonly Row[];
  readonly footprint: readonly Footprint[];
}

/** Makes a row of a leg's outcomes. */
export function row(leg: PlannedLeg, outcomes: Outcomes): Row {
  const { group, name, measure, baseline, rounds } = leg;
  const medians = new Map([...outcomes].map(([client, all]) => [client, medianOf(all)]));
  const base = medians.get(baseline);
  const cells = [...medians].map(([client, median]): Cell => {
    const ratio = base === undefined ? 1 : COST[measure](base) / COST[measure](median);
    return { client, text: TEXT[measure](median), ratio, median };
  });
  return { group, name, measure, baseline, rounds, cells };
}

/** What is less when it is better. */
const COST: Record<Measure, (outcome: Outcome) => number> = {
  rate: ({ elapsedMs, count }) => elapsedMs / count,
  time: ({ elapsedMs }) => elapsedMs,
  delay: ({ elapsedMs }) => elapsedMs,
  cpu: ({ cpuMs, count }) => cpuMs / count,
  leases: ({ cpuMs }) => cpuMs,
};

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const short = (value: number): string =>
  value < 10 ? value.toFixed(value < 1 ? 2 : 1) : whole(value);
const eachUs = ({ cpuMs, count }: Outcome): string => `${short((cpuMs / count) * 1_000)} us`;

const TEXT: Record<Measure, (outcome: Outcome) => string> = {
  rate: (outcome) => `${whole(outcome.count / (outcome.elapsedMs / 1_000))}/s, ${eachUs(outcome)}`,
  time: ({ elapsedMs, longestBlockMs, peakMemoryMb }) =>
    [
      `${whole(elapsedMs)} ms`,
      // The Go client has no loop that could be blocked.
      ...(longestBlockMs > 0 ? [`block ${whole(longestBlockMs)} ms`] : []),
      `+${whole(peakMemoryMb)} MB`,
    ].join(', '),
  delay: ({ elapsedMs }) => `${short(elapsedMs)} ms`,
  cpu: (outcome) => `${eachUs(outcome)} of CPU each`,
  leases: ({ cpuMs, elapsedMs, peakMemoryMb, renewals }) => {
    const parts = [`${((cpuMs / elapsedMs) * 100).toFixed(1)} % CPU`, `+${whole(peakMemoryMb)} MB`];
    if (renewals !== undefined) {
      const { streams, count, busiest } = renewals;
      parts.push(`${whole(streams)} ${streams === 1 ? 'stream' : 'streams'}`);
      parts.push(`${whole(count)} renewals, at most ${whole(busiest)} in ${LOOK_EVERY_MS} ms`);
    }
    return parts.join(', ');
  },
};

/** The middle of each figure by itself. */
function medianOf(outcomes: readonly Outcome[]): Outcome {
  const middle = (figure: (outcome: Outcome) => number): number => median(outcomes.map(figure));
  // Rates vary with how long a round took: the times are those of one and the same count.
  const byRate = outcomes.toSorted((a, b) => a.elapsedMs / a.count - b.elapsedMs / b.count);
  const typical = byRate[Math.floor(byRate.length / 2)];
  if (typical === undefined) throw new Error('a leg without rounds');
  return {
    count: typical.count,
    elapsedMs: middle(({ elapsedMs, count }) => elapsedMs / count) * typical.count,
    cpuMs: middle(({ cpuMs, count }) => cpuMs / count) * typical.count,
    longestBlockMs: middle(({ longestBlockMs }) => longestBlockMs),
    peakMemoryMb: middle(({ peakMemoryMb }) => peakMemoryMb),
    ...(typical.renewals !== undefined && { renewals: typical.renewals }),
  };
}

/** The middle one, or what lies between the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(half)] ?? Number.NaN;
  const high = sorted[Math.ceil(half)] ?? Number.NaN;
  return (low + high) / 2;
}

const HEADS: Record<string, string> = {
  get: 'Reads of one key',
  put: 'Writes of one key',
  decode: 'Decoding (proto-loader is under grpc-js)',
  watch: 'Watches',
  range: 'Large ranges',
  leases: 'Leases',
  lock: 'Locks',
};

/** The results as Markdown tables. */
export function tables(results: Results): string {
  const groups = [...new Set(results.rows.map(({ group }) => group))];
  const parts = groups.map((group) => {
    const rows = results.rows.filter((one) => one.group === group);
    return `### ${HEADS[group] ?? group}\n\n${table(rows)}`;
  });
  if (results.footprint.length > 0) parts.push(footprintTable(results.footprint));
  return `${about(results)}\n\n${parts.join('\n\n')}`;
}

function about({ node, etcd, peers, machine, rows, quick }: Results): string {
  const rounds = rows.map((one) => one.rounds);
  const form = quick ? 'short form, ' : '';
  return `Node ${node.slice(1)}, etcd ${etcd}, ${peers.join(', ')}, client and server together on ${machine}; ${form}medians of ${Math.min(...rounds)} to ${Math.max(...rounds)} rounds in which the clients took turns. The factor is against the first column.`;
}

/** One table, a client a column. */
export function table(rows: readonly Row[]): string {
  const clients = [...new Set(rows.flatMap(({ cells }) => cells.map(({ client }) => client)))];
  const lines = [
    `| | ${clients.join(' | ')} |`,
    `|---|${clients.map(() => '---').join('|')}|`,
    ...rows.map(({ name, cells, baseline, measure }) => {
      const texts = clients.map((client) => {
        const cell = cells.find((one) => one.client === client);
        if (cell === undefined) return '';
        // A client that polls is as quick as it polls often: no measure for the others.
        const compared = client !== clients[0] && client !== baseline && measure !== 'delay';
        return compared ? `${cell.text} (**${factor(cell.ratio)}**)` : cell.text;
      });
      return `| ${name} | ${texts.join(' | ')} |`;
    }),
  ];
  return lines.join('\n');
}

function factor(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}x`;
}

function footprintTable(footprints: readonly Footprint[]): string {
  const lines = footprints.map(
    ({ client, packages, installedMb, importMs, firstAnswerMs }) =>
      `| ${client} | ${packages} | ${installedMb.toFixed(1)} MB | ${whole(importMs)} ms | ${whole(firstAnswerMs)} ms |`,
  );
  return [
    '### Start and size',
    '',
    '| | packages | installed | import | from the start of the import to the first answer |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** Puts the tables between the marks in the documents. */
export async function writeDocs(results: Results): Promise<void> {
  await writeBetween(PERFORMANCE, 'bench', tables(results));
  await writeBetween('README.md', 'bench', summary(results));
}

const IN_SHORT = [/^(get|put), (1|128) caller/, /catching up/, /iterated/, /^lock/];

/** The few rows that tell the most. */
function summary(results: Results): string {
  const rows = results.rows.filter(({ name }) => IN_SHORT.some((one) => one.test(name)));
  return `${about(results)}\n\n${table(rows)}`;
}
