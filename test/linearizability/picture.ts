import type { Model, Operation } from './operation.js';

const ROW_PX = 34;
const BOX_PX = 24;
const MOMENT_PX = 46;
const LEFT_PX = 70;
const TOP_PX = 20;
/** Moments that an operation without an end is drawn beyond the last one. */
const BEYOND = 3;

/** The parts of a picture of a history that is not linearizable. */
export interface PictureContext<State, Input, Output> {
  readonly title: string;
  readonly model: Model<State, Input, Output>;
  readonly operations: readonly Operation<Input, Output>[];
  /** The longest possible order: each has its number in it. */
  readonly longest: readonly Operation<Input, Output>[];
}

/**
 * Draws a history as a page: a row for each client, a box for each operation from its beginning to its end, with
 * the number that it has in the longest possible order. Boxes without a number are the ones that do not fit.
 */
export function picture<State, Input, Output>(
  context: PictureContext<State, Input, Output>,
): string {
  const { title, model, operations, longest } = context;
  const moments = ranks(operations);
  const clients = [...new Set(operations.map(({ client }) => client))].sort((a, b) => a - b);
  const width = LEFT_PX + (moments.size + BEYOND) * MOMENT_PX;
  const height = TOP_PX + clients.length * ROW_PX;
  const x = (at: number): number =>
    LEFT_PX + (moments.get(at) ?? moments.size + BEYOND) * MOMENT_PX;
  const y = (client: number): number => TOP_PX + clients.indexOf(client) * ROW_PX;
  const names = clients.map(
    (client) => `<text x="4" y="${y(client) + BOX_PX - 8}">client ${client}</text>`,
  );
  const boxes = operations.map((operation) => {
    const { client, input, output, begin, end } = operation;
    const number = longest.indexOf(operation) + 1;
    const kind = number > 0 ? 'placed' : end === Infinity ? 'unknown' : 'misfit';
    const text = `${number > 0 ? `${number}. ` : ''}${model.tell(input, output)}`;
    const box = `<rect class="${kind}" x="${x(begin)}" y="${y(client)}" width="${x(end) - x(begin)}" height="${BOX_PX}" rx="3"/>`;
    const label = `<text x="${x(begin) + 4}" y="${y(client) + BOX_PX - 8}">${escaped(text)}</text>`;
    return `<g><title>${escaped(text)}</title>${box}${label}</g>`;
  });
  const order = longest.map(({ client, input, output }) => {
    const text = `client ${client}: ${model.tell(input, output)}`;
    return `<li>${escaped(text)}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 1.5rem; }
div { overflow-x: auto; border: 1px solid #bbb; }
svg { font: 11px ui-monospace, monospace; }
rect { stroke: #456; }
.placed { fill: #d6ecd2; }
.misfit { fill: #f3b7b0; }
.unknown { fill: #eee; stroke-dasharray: 3 2; }
</style>
<h1>${escaped(title)}</h1>
<p>Time goes to the right. Green boxes are operations of the longest possible order, with their numbers. Red ones had an answer that does not fit anywhere after it. Dashed ones had no answer, and may have taken effect or not.</p>
<div><svg width="${width}" height="${height}" role="img">
${[...names, ...boxes].join('\n')}
</svg></div>
<h2>The longest possible order</h2>
<ol>
${order.join('\n')}
</ol>
</html>
`;
}

/** Numbers the moments of a history from 0, without gaps. */
function ranks<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): ReadonlyMap<number, number> {
  const moments = operations.flatMap(({ begin, end }) => [begin, end]);
  const sorted = [...new Set(moments.filter((at) => at !== Infinity))].sort((a, b) => a - b);
  return new Map(sorted.map((at, index) => [at, index]));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
