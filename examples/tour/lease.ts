import { setTimeout as delay } from 'node:timers/promises';
import type { Section } from './stage.js';

export const leases: Section = {
  title: 'Leases',
  async run({ etcd, say, show }) {
    say('Keys on a lease live as long as it does; whoever holds it keeps it alive.');
    await using lease = await etcd.lease.grant(2);
    await etcd.put('presence/node-1', 'here', { lease });
    const { grantedSeconds, remainingSeconds, keys } = await lease.timeToLive({ keys: true });
    show(
      'timeToLive({ keys: true })',
      `${remainingSeconds} of ${grantedSeconds} s left, on ${keys}`,
    );
    const renewed = new Promise<number>((resolve) => lease.once('renewed', resolve));
    lease.keepAlive();
    show('keepAlive()', `renewed for ${await renewed} s`);
    await lease.revoke();
    show('revoke()', `alive: ${lease.alive}, aborted: ${lease.signal.aborted}`);
    show("get('presence/node-1')", (await etcd.get('presence/node-1'))?.value);

    const alone = await etcd.lease.grant(1);
    alone.once('lost', (error) => show("on('lost', ...)", error));
    // A lease that nobody renews keeps no process alive; this timer does, until the lease is lost.
    await delay(10_000, undefined, { signal: alone.signal }).catch(() => {});
  },
};
