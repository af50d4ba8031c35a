import { expect } from 'vitest';
import { jetcdProgram } from '../support/jetcd-peer.js';
import { lockServicePeer } from '../support/lock-service-peer.js';
import { queueOf, untilQueued } from '../support/locks.js';
import { describeSharedLocks, itAfterGivingUp } from './shared-locks.js';

// jetcd locks and elects by the server's services, which use the keys of Go's client.
const jetcd = await lockServicePeer(jetcdProgram);

describeSharedLocks('jetcd', jetcd);

itAfterGivingUp(
  'keeps the place of a waiter of jetcd, until its lease ends',
  jetcd,
  async ({ client, held, theirs, lease }) => {
    // Another call of theirs has been answered since: the first one still stands in the queue.
    await theirs.call('lease.grant', { ttl: 60 });
    expect(await queueOf(client)).toHaveLength(2);
    await theirs.call('lease.revoke', { lease });
    await untilQueued(client, 1);
    expect(await queueOf(client)).toEqual([held.key]);
  },
);
