import { invalidArgument } from '../errors/index.js';
import type { View } from '../index.js';

/**
 * Checks the view of a queue: it must be one of its own, since all that is in it counts as items.
 *
 * @throws InvalidArgumentError for an argument that is not a view, and for the view of all keys of the store
 */
export function checkQueueView(view: View<unknown, never>): void {
  if (typeof (view as Partial<typeof view> | null | undefined)?.namespace !== 'function') {
    throw invalidArgument('view', view, "a view of its own, such as etcd.namespace('jobs/')");
  }
  if (view.all().storedRange.namespace.length > 0) return;
  throw invalidArgument(
    'view',
    view,
    "a view of its own, such as etcd.namespace('jobs/'): all keys of this one would be items",
  );
}
