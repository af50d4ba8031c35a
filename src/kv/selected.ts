import { invalidArgument } from '../errors/index.js';
import type { Space } from '../model/space.js';
import type { SelectionSpec } from './selection-spec.js';

/** The parts of a selection: its range, and the meaning of its bytes. */
export interface SelectionState<Out, In = Out> {
  readonly spec: SelectionSpec;
  readonly space: Space<Out, In>;
}

/** The property that holds the state of a selection. Registered, so that both builds of the package share it. */
export const SELECTION: unique symbol = Symbol.for('etcd-kit.selection') as never;

/** Anything that names keys of a view: what transactions and watches take instead of one key. */
export interface Selected<out Out, in In = Out> {
  /** @internal */
  readonly [SELECTION]: SelectionState<Out, In>;
}

/** Returns whether something is a selection. */
export function isSelected(value: unknown): value is Selected<unknown, never> {
  return typeof value === 'object' && value !== null && SELECTION in value;
}

/**
 * Checks that the argument `key` is no selection.
 *
 * @param wayOut what to call with a selection instead, for the error
 * @throws InvalidArgumentError for a selection
 */
export function refuseSelection(key: unknown, wayOut: string): void {
  if (isSelected(key)) throw invalidArgument('key', key, wayOut);
}

/**
 * Returns the state of a selection.
 *
 * @param name of the argument, for the error
 * @throws InvalidArgumentError when it is none
 */
export function selectionState<Out, In>(
  selection: Selected<Out, In>,
  name = 'selection',
): SelectionState<Out, In> {
  if (!isSelected(selection)) {
    throw invalidArgument(name, selection, 'a selection, such as etcd.prefix(...)');
  }
  return selection[SELECTION];
}
