import { Election, Mutex, Session } from 'etcd-kit/concurrency';
import { Occupancy } from '../occupancy.js';
import type { Scene } from '../scene.js';

const CONTENDERS = 4;
const TTL_SECONDS = 3;

/**
 * Contenders for a lock and for the lead of an election. At most one believes to hold it; tokens grow; what is
 * written under `ownership()` is in the order of the tokens.
 */
export function locks(scene: Scene): () => void {
  const lock = new Occupancy(scene, 'the lock');
  const lead = new Occupancy(scene, 'the lead');

  for (let number = 0; number < CONTENDERS; number += 1) {
    const etcd = scene.client();
    const leads = number % 2 === 1;
    const name = `contender ${number}`;
    scene.start(name, async () => {
      while (!scene.over) {
        try {
          await using session = await Session.create(etcd, { ttlSeconds: TTL_SECONDS });
          while (!scene.over && !session.signal.aborted) {
            scene.operations += 1;
            await (leads ? leadOnce(session) : lockOnce(session));
            await scene.pause(etcd, 0, 500);
          }
        } catch (error) {
          scene.failed(name, error, ['TIMEOUT']);
        }
        await scene.pause(etcd, 100, 500);
      }
    });

    const lockOnce = async (session: Session): Promise<void> => {
      const timeoutMs = 1_000 + scene.random.below(10_000);
      await new Mutex(session, 'locks/one').withLock(
        async (signal, held) => {
          const leave = lock.enter({ name, etcd, mode: '', token: held.fencingToken }, signal);
          for (let step = scene.random.below(3); step >= 0 && !signal.aborted; step -= 1) {
            await etcd
              .txn()
              .if(held.ownership())
              .then(etcd.op.put('audit/lock', String(held.fencingToken)))
              .commit({ signal, timeoutMs: 2_000 })
              .catch((error: unknown) => scene.failed(name, error));
            await scene.pause(etcd, 0, 1_500);
          }
          leave();
        },
        { timeoutMs },
      );
    };

    const leadOnce = async (session: Session): Promise<void> => {
      const election = new Election(session, 'leader/one');
      const timeoutMs = 1_000 + scene.random.below(10_000);
      await using leadership = await election.campaign(name, { timeoutMs });
      const { signal, fencingToken: token } = leadership;
      const leave = lead.enter({ name, etcd, mode: '', token }, signal);
      await scene.pause(etcd, 0, 2_000);
      if (!signal.aborted) {
        await leadership
          .proclaim('again', { timeoutMs: 2_000 })
          .catch((error: unknown) => scene.failed(name, error));
      }
      leave();
    };
  }

  return () => {
    let last = 0n;
    for (const { value } of scene.history.of('audit/lock')) {
      const token = BigInt(value ?? 0);
      if (token < last) scene.violate(`a write of token ${token} came after one of ${last}`);
      last = token;
    }
  };
}
