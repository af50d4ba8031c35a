// `npm run timeline`: kills the leader of a cluster under load, and draws what the client told of it into
// docs/images/leader-loss.svg. The story is that of test/faults/observability-story.test.ts.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../test/support/cluster.js';
import { type LeaderLoss, loseLeader, type Noted } from '../test/support/leader-loss.js';

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 40;
const LANE = 34;
const TOP = 60;
/** What is shown around the loss, in milliseconds. */
const BEFORE_MS = 500;
const AFTER_MS = 2_000;
const TICK_MS = 500;

/** A mark in a lane. */
interface Mark {
  readonly lane: string;
  readonly atMs: number;
  /** Where it began, for what lasted. */
  readonly fromMs?: number;
  readonly good: boolean;
  readonly text: string;
}

await using cluster = await startCluster({ size: 3 });
const story = await loseLeader(cluster, { error: console.error });
const file = fileURLToPath(new URL('../docs/images/leader-loss.svg', import.meta.url));
await mkdir(dirname(file), { recursive: true });
await writeFile(file, draw(story, cluster.endpoints));
console.log(`${story.calls.length} requests, ${story.failed.length} failed: ${file}`);

/** Names the members `member 1` and so on: ports say nothing. */
function namer(endpoints: readonly string[], lost: string): (endpoint: string) => string {
  const others = endpoints.filter((endpoint) => endpoint !== lost);
  return (endpoint) =>
    endpoint === lost ? 'the leader' : `member ${others.indexOf(endpoint) + 2}`;
}

function marksOf(noted: readonly Noted[], nameOf: (endpoint: string) => string): readonly Mark[] {
  return noted.flatMap((one): readonly Mark[] => {
    if ('call' in one) {
      const { operation, durationMs = 0, outcome, attempts } = one.call;
      if (operation !== 'get' && operation !== 'put') return [];
      const text = `${operation}: ${outcome ?? 'done'}, ${attempts} attempts, ${Math.round(durationMs)} ms`;
      const good = outcome === undefined;
      return [{ lane: operation, atMs: one.atMs, fromMs: one.atMs - durationMs, good, text }];
    }
    const { atMs, message } = one;
    switch (message.topic) {
      case 'endpoint': {
        const good = message.kind === 'connected' || message.kind === 'back';
        const lane = nameOf(message.endpoint);
        return [{ lane, atMs, good, text: message.kind }];
      }
      case 'watch':
        return [{ lane: 'watches', atMs, good: message.error === undefined, text: message.kind }];
      case 'lock': {
        const { kind, type, name, heldMs = 0, error } = message;
        const text = `${type} ${name}: ${kind}`;
        const held = { lane: 'lock', atMs, fromMs: atMs - heldMs, good: error === undefined, text };
        return kind === 'released' || kind === 'lost' ? [held] : [];
      }
      case 'retry':
        return [
          { lane: 'retries', atMs, good: false, text: `${message.method}: ${message.reason}` },
        ];
      default:
        return [];
    }
  });
}

function draw({ noted, lost, lostAtMs }: LeaderLoss, endpoints: readonly string[]): string {
  const nameOf = namer(endpoints, lost);
  const lanes = [
    ...['the leader', 'member 2', 'member 3'],
    ...['get', 'put', 'retries', 'watches', 'lock'],
  ];
  const from = lostAtMs - BEFORE_MS;
  const to = lostAtMs + AFTER_MS;
  const x = (atMs: number): number => {
    const shownMs = Math.min(Math.max(atMs, from), to) - from;
    return LEFT + (shownMs / (to - from)) * (WIDTH - LEFT - RIGHT);
  };
  const y = (lane: string): number => TOP + lanes.indexOf(lane) * LANE;
  const shown = marksOf(noted, nameOf).filter(
    ({ atMs, fromMs = atMs }) => atMs >= from && fromMs <= to,
  );
  const height = TOP + lanes.length * LANE + 10;
  const ticks = Array.from({ length: (BEFORE_MS + AFTER_MS) / TICK_MS + 1 }, (_, i) => {
    const ms = i * TICK_MS - BEFORE_MS;
    const at = x(lostAtMs + ms).toFixed(1);
    return `<line x1="${at}" x2="${at}" y1="36" y2="${height - 10}" stroke="#ddd"/><text x="${at}" y="30" text-anchor="middle">${ms} ms</text>`;
  });
  const rows = lanes.map(
    (lane) =>
      `<text x="${LEFT - 12}" y="${y(lane) + 5}" text-anchor="end">${lane}</text><line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(lane)}" y2="${y(lane)}" stroke="#eee"/>`,
  );
  const death = x(lostAtMs).toFixed(1);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    '<title>What a client told while a cluster of three lost its leader</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...ticks,
    ...rows,
    `<line x1="${death}" x2="${death}" y1="36" y2="${height - 10}" stroke="#c0392b" stroke-dasharray="4 3"/>`,
    `<text x="${death}" y="14" text-anchor="middle" fill="#c0392b">the leader is killed</text>`,
    ...shown.map((mark) => drawMark(mark, x, y(mark.lane))),
    '</svg>',
  ].join('\n')}\n`;
}

function drawMark(
  { atMs, fromMs, good, text }: Mark,
  x: (atMs: number) => number,
  y: number,
): string {
  const colour = good ? '#27ae60' : '#c0392b';
  const title = `<title>${text}</title>`;
  const end = x(atMs);
  if (fromMs === undefined) {
    return `<circle cx="${end.toFixed(1)}" cy="${y}" r="5" fill="${colour}">${title}</circle>`;
  }
  const start = x(fromMs);
  const width = Math.max(1, end - start).toFixed(1);
  return `<rect x="${start.toFixed(1)}" y="${y - 5}" width="${width}" height="10" fill="${colour}" fill-opacity="0.35">${title}</rect>`;
}
