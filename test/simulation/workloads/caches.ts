import { Cache } from 'etcd-kit/cache';
import type { State } from '../history.js';
import type { Scene } from '../scene.js';

const KEYS = ['c/0', 'c/1', 'c/2'];

/**
 * A cache that follows a prefix. Each state that it shows is one that the store had, in order; after `sync()`
 * it has all that was told before.
 */
export function caches(scene: Scene): () => void {
  const shown: State[] = [];
  let newestTold = 0n;
  let serial = 0;

  const writer = scene.client();
  scene.start('writer of the cache', async () => {
    while (!scene.over) {
      scene.operations += 1;
      try {
        const key = scene.pick(KEYS);
        const { header } =
          scene.random.below(4) === 0
            ? await writer.delete(key, { timeoutMs: 3_000 })
            : await writer.put(key, `v${++serial}`, { timeoutMs: 3_000 });
        if (header.revision > newestTold) newestTold = header.revision;
      } catch (error) {
        scene.failed('writer of the cache', error);
      }
      await scene.pause(writer, 0, 700);
    }
  });

  const reader = scene.client();
  scene.start('cache', async () => {
    while (!scene.over) {
      try {
        await using cache = await Cache.open(reader.prefix('c/'));
        for (let rounds = 5 + scene.random.below(20); rounds > 0 && !scene.over; rounds -= 1) {
          scene.operations += 1;
          if (scene.random.below(3) === 0) {
            const told = newestTold;
            await cache.sync({ timeoutMs: 5_000 });
            if (cache.revision < told) {
              scene.violate(`after sync() the cache is at ${cache.revision}, behind ${told}`);
            }
          }
          const entries = new Map([...cache].map(({ key, value }) => [key, value]));
          shown.push({ revision: cache.revision, entries });
          await scene.pause(reader, 0, 800);
        }
      } catch (error) {
        scene.failed('cache', error);
        await scene.pause(reader, 100, 500);
      }
    }
  });

  return () => {
    // Caches follow each other, so what they show is in order: it is gone through together with the store.
    const states = scene.history.states('c/');
    let next = states.next();
    let store = new Map<string, string>();
    for (const { revision, entries } of shown.toSorted((a, b) => Number(a.revision - b.revision))) {
      while (next.done !== true && next.value.revision <= revision) {
        store = new Map(next.value.entries);
        next = states.next();
      }
      const same =
        store.size === entries.size &&
        [...store].every(([key, value]) => entries.get(key) === value);
      if (!same) {
        scene.violate(
          `the cache at ${revision} shows ${JSON.stringify([...entries])}, the store had ${JSON.stringify([...store])}`,
        );
      }
    }
  };
}
