import type { Lease } from 'etcd-kit';
import type { Section } from './stage.js';

export const lockByHand: Section = {
  title: 'A lock made by hand',
  async run({ etcd, say, show }) {
    const { op, compare } = etcd;
    say('Whoever creates the key has the lock; its lease lets it go when the owner is gone.');
    await using first = await etcd.lease.grant(10);
    await using second = await etcd.lease.grant(10);
    const acquire = async (owner: string, lease: Lease): Promise<string> => {
      const result = await etcd
        .txn()
        .if(compare('lock').createRevision('==', 0))
        .then(op.put('lock', owner, { lease }))
        .else(op.get('lock'))
        .commit();
      return result.succeeded ? 'acquired' : `busy: '${result.results[0]?.value}' has it`;
    };
    show("acquire('node-1')", await acquire('node-1', first));
    show("acquire('node-2')", await acquire('node-2', second));
    await first.revoke();
    show("acquire('node-2'), the other lease revoked", await acquire('node-2', second));
  },
};
