/**
 * The sum of one metric over all label sets that contain the given labels; 0 if the server has not counted any.
 *
 * @example
 * metricSum(text, 'grpc_server_started_total', { grpc_method: 'Put' });
 */
export function metricSum(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, metric, set = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && wanted.every((pair) => set.split(',').includes(pair))) {
      sum += Number(value);
    }
  }
  return sum;
}
