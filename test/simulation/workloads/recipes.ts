import { ReadWriteMutex, Semaphore, Session } from 'etcd-kit/concurrency';
import { Occupancy } from '../occupancy.js';
import type { Scene } from '../scene.js';

const CONTENDERS = 4;
const TTL_SECONDS = 3;
const PERMITS = 2;

/**
 * Contenders for the permits of a semaphore and for a read-write mutex. No more hold a semaphore than it has
 * permits, each in a slot of its own; a writer is alone.
 */
export function recipes(scene: Scene): () => void {
  const slots = new Occupancy(scene, 'a slot', (one, other) => one === other);
  const book = new Occupancy(
    scene,
    'the book',
    (one, other) => one === 'write' || other === 'write',
  );

  for (let number = 0; number < CONTENDERS; number += 1) {
    const etcd = scene.client();
    const name = `contender of recipes ${number}`;

    const usePermit = async (session: Session): Promise<void> => {
      const timeoutMs = 1_000 + scene.random.below(10_000);
      const semaphore = new Semaphore(session, 'recipes/permits', PERMITS);
      await semaphore.withPermit(
        async (signal, { slot, fencingToken: token }) => {
          const leave = slots.enter({ name, etcd, mode: String(slot), token }, signal);
          if (slots.size > PERMITS) scene.violate(`${slots.size} hold ${PERMITS} permits`);
          if (slot < 0 || slot >= PERMITS) scene.violate(`${name} has the slot ${slot}`);
          await scene.pause(etcd, 0, 2_000);
          leave();
        },
        { timeoutMs },
      );
    };

    const useBook = async (session: Session): Promise<void> => {
      const timeoutMs = 1_000 + scene.random.below(10_000);
      const mutex = new ReadWriteMutex(session, 'recipes/book');
      const mode = scene.pick(['read', 'read', 'write'] as const);
      const held = await (mode === 'read'
        ? mutex.acquireRead({ timeoutMs })
        : mutex.acquireWrite({ timeoutMs }));
      const leave = book.enter({ name, etcd, mode, token: held.fencingToken }, held.signal);
      await scene.pause(etcd, 0, 1_500);
      leave();
      await held.release({ timeoutMs });
    };

    scene.start(name, async () => {
      while (!scene.over) {
        try {
          await using session = await Session.create(etcd, { ttlSeconds: TTL_SECONDS });
          while (!scene.over && !session.signal.aborted) {
            scene.operations += 1;
            await scene.pick([usePermit, useBook])(session);
            await scene.pause(etcd, 0, 500);
          }
        } catch (error) {
          scene.failed(name, error, ['TIMEOUT']);
        }
        await scene.pause(etcd, 100, 500);
      }
    });
  }

  return () => {};
}
