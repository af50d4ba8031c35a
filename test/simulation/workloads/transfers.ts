import { EtcdError } from 'etcd-kit';
import { stm } from 'etcd-kit/concurrency';
import type { Scene } from '../scene.js';

const ACCOUNTS = ['t/a', 't/b', 't/c'];
const TELLERS = 3;
const START = 100;

/**
 * Transfers between accounts by `stm`, and a counter by `update`. The sum of the accounts is the same at every
 * revision, and the counter has every addition that was told.
 */
export function transfers(scene: Scene): () => void {
  let told = 0;
  let unknown = 0;

  for (let number = 0; number < TELLERS; number += 1) {
    const etcd = scene.client();
    const transfer = async (): Promise<void> => {
      await stm(
        etcd,
        async (tx) => {
          const from = scene.pick(ACCOUNTS);
          const to = scene.pick(ACCOUNTS.filter((one) => one !== from));
          const amount = scene.random.below(10);
          const [had, got] = [await tx.get(from), await tx.get(to)];
          tx.put(from, String(Number(had?.value ?? START) - amount));
          tx.put(to, String(Number(got?.value ?? START) + amount));
        },
        { timeoutMs: 4_000 },
      );
    };
    const count = async (): Promise<void> => {
      try {
        await etcd.update('count', (now) => String(Number(now ?? 0) + 1), { timeoutMs: 4_000 });
        told += 1;
      } catch (error) {
        if (error instanceof EtcdError && error.outcome === 'unknown') unknown += 1;
        throw error;
      }
    };
    scene.start(`teller ${number}`, async () => {
      while (!scene.over) {
        scene.operations += 1;
        try {
          await scene.pick([transfer, count])();
        } catch (error) {
          scene.failed(`teller ${number}`, error);
        }
        await scene.pause(etcd, 0, 1_200);
      }
    });
  }

  return () => {
    const { history } = scene;
    for (const { revision, entries } of history.states('t/')) {
      const sum = ACCOUNTS.reduce((all, key) => all + Number(entries.get(key) ?? START), 0);
      if (sum !== ACCOUNTS.length * START)
        scene.violate(`the sum is ${sum} at revision ${revision}`);
    }
    const counted = Number(history.of('count').at(-1)?.value ?? 0);
    if (counted < told || counted > told + unknown) {
      scene.violate(
        `the counter is ${counted}; ${told} additions were told, ${unknown} are unknown`,
      );
    }
  };
}
