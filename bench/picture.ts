import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ClientName } from './clients/bench-client.js';
import type { Results } from './report.js';

/** The rows that the picture shows. */
const SHOWN = ['get, 128 callers', 'put, 128 callers'];

/** Sizes in the units of the picture. */
const WIDTH = 720;
const LABEL_WIDTH = 150;
const BAR_WIDTH = 440;
const BAR_HEIGHT = 18;
const LINE_HEIGHT = 26;
const TITLE_HEIGHT = 40;

/** Draws calls a second for each client as bars, into docs/images/speed.svg. */
export async function drawSpeed(results: Results): Promise<void> {
  const file = fileURLToPath(new URL('../docs/images/speed.svg', import.meta.url));
  await writeFile(file, picture(results));
}

/** The colours fit light and dark pages. */
function picture(results: Results): string {
  const rows = results.rows.filter(({ name }) => SHOWN.includes(name));
  const rates = rows.flatMap(({ cells }) => cells.map(({ median }) => rateOf(median)));
  const longest = Math.max(...rates);
  const parts: string[] = [];
  let top = 0;
  for (const { name, cells } of rows) {
    parts.push(`<text class="title" x="0" y="${top + TITLE_HEIGHT - 14}">${name}</text>`);
    top += TITLE_HEIGHT;
    for (const { client, median } of cells) {
      parts.push(bar(client, rateOf(median), longest, top));
      top += LINE_HEIGHT;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + LINE_HEIGHT}" role="img" aria-label="Calls a second of each client">
<style>
text { font: 14px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.bar { fill: #8c959f }
.own { fill: #3a7bd5 }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } .bar { fill: #6e7681 } .own { fill: #6cb6ff } }
</style>
${parts.join('\n')}
<text x="0" y="${top + LINE_HEIGHT - 8}">calls a second; Node ${results.node.slice(1)}, etcd ${results.etcd}, ${results.machine}, ${results.date}</text>
</svg>
`;
}

function rateOf({ count, elapsedMs }: { count: number; elapsedMs: number }): number {
  return count / (elapsedMs / 1_000);
}

function bar(client: ClientName, rate: number, longest: number, top: number): string {
  const width = Math.max(1, Math.round((rate / longest) * BAR_WIDTH));
  const middle = top + BAR_HEIGHT - 4;
  const kind = client.startsWith('etcd-kit') ? 'bar own' : 'bar';
  return `<text x="0" y="${middle}">${client}</text>
<rect class="${kind}" x="${LABEL_WIDTH}" y="${top}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>
<text x="${LABEL_WIDTH + width + 8}" y="${middle}">${Math.round(rate).toLocaleString('en')}</text>`;
}
