import { CompactedError, EtcdError } from 'etcd-kit';
import { describe, type Scene } from '../scene.js';

/** The events of one watch, from its first revision on. */
interface Seen {
  readonly from: bigint;
  readonly events: { readonly revision: bigint; readonly text: string }[];
  /** The revision up to which the watch said that it is complete. */
  upTo: bigint;
  over: boolean;
}

const WATCHERS = 2;
const WRITERS = 2;
const KEYS = ['w/0', 'w/1', 'w/2', 'w/3'];

/**
 * Watches that are cut, resumed, cancelled and begun again where they were. Together they see each change
 * once, whole and in its order; what is missing is told by a `CompactedError`.
 */
export function watches(scene: Scene): () => void {
  const all: Seen[] = [];
  let serial = 0;

  for (let number = 0; number < WRITERS; number += 1) {
    const etcd = scene.client();
    const { op } = etcd;
    scene.start(`writer of watches ${number}`, async () => {
      while (!scene.over) {
        scene.operations += 1;
        const puts = KEYS.slice(0, 1 + scene.random.below(KEYS.length)).map((key) =>
          scene.random.below(5) === 0 ? op.delete(key) : op.put(key, `v${++serial}`),
        );
        await etcd
          .txn()
          .then(...puts)
          .commit({ timeoutMs: 3_000 })
          .catch((error: unknown) => scene.failed(`writer of watches ${number}`, error));
        await scene.pause(etcd, 0, 600);
      }
    });
  }

  for (let number = 0; number < WATCHERS; number += 1) {
    const etcd = scene.client();
    const name = `watcher ${number}`;
    /** Watches for a while, and returns the revision from which the next watch goes on. */
    const watch = async (
      from: bigint,
      until: (seen: Seen) => Promise<unknown>,
    ): Promise<bigint> => {
      const seen: Seen = { from, events: [], upTo: from - 1n, over: false };
      all.push(seen);
      const stop = new AbortController();
      const watcher = etcd.prefix('w/').watch({ startRevision: from, signal: stop.signal });
      // All up to there was handed over: the next watch need not see it again.
      watcher.on('progress', (revision) => {
        if (revision > seen.upTo) seen.upTo = revision;
      });
      const asking = watcher
        .requestProgress({ timeoutMs: 1 + scene.random.below(5_000) })
        .catch((error: unknown) => scene.tell(`${name}: no progress: ${describe(error)}`));
      const reading = (async () => {
        for await (const { revision, events } of watcher.batches()) {
          scene.operations += 1;
          if (revision <= seen.upTo) {
            scene.violate(`${name} was given ${revision} after all up to ${seen.upTo}`);
          }
          for (const event of events) {
            const text = event.type === 'put' ? `${event.key}=${event.kv.value}` : `-${event.key}`;
            seen.events.push({ revision, text });
          }
          seen.upTo = revision;
        }
      })();
      const ended = reading.then(
        () => undefined,
        (error: unknown) => error,
      );
      await Promise.race([ended, until(seen)]);
      seen.over = true;
      stop.abort();
      const error = await ended;
      await asking;
      if (error instanceof CompactedError) {
        scene.tell(`${name}: compacted at ${error.compactRevision}`);
        return error.compactRevision ?? scene.memory.revision;
      }
      if (error instanceof EtcdError && error.code !== 'ABORTED') {
        scene.violate(`${name} ended with ${error.code}: ${error.message}`);
      }
      return seen.upTo + 1n;
    };

    scene.start(name, async () => {
      let from = 1n;
      while (!scene.over) from = await watch(from, () => scene.pause(etcd, 2_000, 20_000));
      // When all is well again it must come to the end, whatever it has missed.
      scene.compactBehind();
      const last = (): bigint => scene.history.of('w/').at(-1)?.revision ?? 0n;
      while (from <= last()) {
        from = await watch(from, async (seen) => {
          while (!seen.over && seen.upTo < last()) await scene.pause(etcd, 500, 1_000);
        });
      }
    });
  }

  return () => {
    const changes = scene.history.of('w/');
    for (const { from, events, upTo } of all) {
      const expected = changes
        .filter(({ revision }) => revision >= from && revision <= upTo)
        .map(({ key, value }) => (value === undefined ? `-${key}` : `${key}=${value}`));
      const got = events.map(({ text }) => text);
      const wrong = expected.findIndex((text, index) => text !== got[index]);
      if (wrong >= 0 || got.length !== expected.length) {
        const at = wrong < 0 ? expected.length : wrong;
        scene.violate(
          `a watch from ${from} to ${upTo} saw ${got.length} of ${expected.length} changes; ` +
            `its ${at}th is ${got[at]}, the store's ${expected[at]}`,
        );
      }
    }
  };
}
