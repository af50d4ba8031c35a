import type { EtcdClient, Lease } from 'etcd-kit';
import type { Scene } from '../scene.js';

const HOLDERS = 3;

/**
 * Leases that are kept alive through all that happens. A lease that the server has ended is never alive here,
 * and its loss is told.
 */
export function leases(scene: Scene): () => void {
  const held = new Map<string, { readonly etcd: EtcdClient; readonly lease: Lease }>();
  let serial = 0;

  scene.history.onChange(({ type, key }) => {
    const holding = type === 'delete' ? held.get(key) : undefined;
    if (holding === undefined) return;
    const { etcd, lease } = holding;
    scene.whenAwake(etcd, () => {
      if (!lease.alive || held.get(key) !== holding) return;
      scene.violate(`${key} is gone, and its lease ${lease.id} is alive here`);
    });
  });

  for (let number = 0; number < HOLDERS; number += 1) {
    const etcd = scene.client();
    scene.start(`lease holder ${number}`, async () => {
      while (!scene.over) {
        scene.operations += 1;
        try {
          const lease = await etcd.lease.grant(2 + scene.random.below(6), { keepAlive: true });
          const key = `leased/${number}/${++serial}`;
          held.set(key, { etcd, lease });
          await etcd.put(key, 'here', { lease });
          for (let rounds = scene.random.below(10); rounds > 0 && lease.alive; rounds -= 1) {
            await scene.pause(etcd, 200, 2_000);
          }
          if (lease.alive !== !lease.signal.aborted) {
            scene.violate(
              `lease ${lease.id}: alive ${lease.alive}, aborted ${lease.signal.aborted}`,
            );
          }
          held.delete(key);
          if (!lease.alive && scene.calm) scene.violate(`lease ${lease.id} was lost for no reason`);
          if (lease.alive) await lease.revoke();
        } catch (error) {
          scene.failed(`lease holder ${number}`, error);
        }
        await scene.pause(etcd, 0, 1_000);
      }
    });
  }

  return () => {};
}
