import type { EtcdClient } from 'etcd-kit';
import type { Leadership } from 'etcd-kit/concurrency';
import type { WorkQueue } from 'etcd-kit/queue';
import { placesOf, type Task } from './task.js';

/**
 * Puts all pictures into the queue, one after the other, and notes how far it came. It is the leader's work:
 * the next leader goes on where this one stopped. One that dies between the two steps leaves a task that is
 * planned twice; the results tell such tasks apart.
 *
 * @returns the number of pictures that it planned itself
 */
export async function plan(
  etcd: EtcdClient,
  work: WorkQueue<Task>,
  leadership: Leadership,
  pictures: number,
  signal: AbortSignal,
): Promise<number> {
  const { op } = etcd;
  const { planned } = placesOf(etcd);
  const first = Number((await etcd.get(planned, { signal }))?.value ?? 0) + 1;
  for (let picture = first; picture <= pictures && !signal.aborted; picture += 1) {
    await work.enqueue({ picture }, { signal });
    // An old leader that has not noticed its end yet must not take the mark back.
    const { succeeded } = await etcd
      .txn()
      .if(leadership.ownership())
      .then(op.put(planned, String(picture)))
      .commit({ signal });
    if (!succeeded) return picture - first;
  }
  return pictures - first + 1;
}
