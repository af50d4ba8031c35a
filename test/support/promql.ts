/** What an expression of Prometheus's query language names. */
export interface Promql {
  readonly metrics: readonly string[];
  /** Labels that it chooses or groups by. */
  readonly labels: readonly string[];
}

const NAME = /[A-Za-z_:][\w:]*/g;
/** Labels in brackets: `by (le, job)`, and the matchers of a metric. */
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const MATCHERS = /\{([^}]*)\}/g;
const MATCHED_LABEL = /(\w+)\s*(?:=~|!~|!=|=)/g;
/** Grafana's own: the values of a label of a metric. */
const LABEL_VALUES = /^label_values\((.+),\s*(\w+)\)$/;
const TEXTS = /"(?:[^"\\]|\\.)*"/g;
const RANGES = /\[[^\]]*\]/g;
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on']);

/**
 * Reads the names in an expression: whatever is neither a function, an operator nor a label is a metric.
 *
 * @example
 * readPromql('sum by (job) (rate(etcd_kit_retries_total{job=~"$job"}[5m]))');
 */
export function readPromql(expression: string): Promql {
  const asked = LABEL_VALUES.exec(expression);
  if (asked !== null) {
    const { metrics, labels } = readPromql(asked[1] ?? '');
    return { metrics, labels: [...labels, asked[2] ?? ''] };
  }
  const plain = expression.replace(TEXTS, '""').replace(RANGES, '');
  const grouped = [...plain.matchAll(GROUPING)].flatMap(([, list = '']) => list.match(NAME) ?? []);
  const matched = [...plain.matchAll(MATCHERS)].flatMap(([, list = '']) =>
    [...list.matchAll(MATCHED_LABEL)].map(([, label = '']) => label),
  );
  const rest = plain.replace(GROUPING, '').replace(MATCHERS, '');
  const metrics = [...rest.matchAll(NAME)].flatMap(({ 0: name, index }) => {
    const calls = /^\s*\(/.test(rest.slice(index + name.length));
    return calls || OPERATORS.has(name) ? [] : name;
  });
  return { metrics, labels: [...grouped, ...matched] };
}
