import { sizeOf, toText } from '../internal/printable.js';
import { type KeyRange, showRange, singleKey } from '../model/keys/index.js';
import type { CompareInput, RequestOpInput } from '../rpc/generated/types.js';

/** Operators by the results that the protocol has. */
const OPERATORS = { EQUAL: '==', NOT_EQUAL: '!=', LESS: '<', GREATER: '>' } as const;

/** A condition for people. A value is told by its size. */
export function showCompare(compare: CompareInput): object {
  const { version, createRevision, modRevision, lease, value, result = 'EQUAL' } = compare;
  const operator = OPERATORS[result];
  const shown = Object.entries({ version, createRevision, modRevision, lease })
    .filter(([, number]) => number !== undefined)
    .map(([field, number]) => [field, `${operator} ${number}`]);
  return {
    ...shownRange(compare),
    ...Object.fromEntries(shown),
    value: value && `${operator} ${sizeOf(value)}`,
  };
}

/** An operation for people, by the name of its kind. A value that is to be put is told by its size. */
export function showOp(op: RequestOpInput): object {
  const { requestPut, requestRange, requestDeleteRange, requestTxn } = op;
  if (requestPut !== undefined) {
    const { key, value, ...settings } = requestPut;
    return {
      op: 'put',
      key: key && toText(key),
      value: value && sizeOf(value),
      ...given(settings),
    };
  }
  if (requestRange !== undefined) {
    const { key: _key, rangeEnd: _rangeEnd, ...settings } = requestRange;
    return { op: 'get', ...shownRange(requestRange), ...given(settings) };
  }
  if (requestDeleteRange !== undefined) {
    return { op: 'delete', ...shownRange(requestDeleteRange) };
  }
  const { compare = [], success = [], failure = [] } = requestTxn ?? {};
  return {
    op: 'txn',
    if: compare.map(showCompare),
    // biome-ignore lint/suspicious/noThenProperty: it is shown, and nobody awaits it.
    then: success.map(showOp),
    else: failure.map(showOp),
  };
}

function shownRange({
  key,
  rangeEnd,
}: { readonly [Part in keyof KeyRange]?: Uint8Array | undefined }): object {
  if (key === undefined) return {};
  return showRange(rangeEnd === undefined ? singleKey(key) : { key, rangeEnd });
}

/** Settings that say something. */
function given(settings: object): object {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== false),
  );
}
