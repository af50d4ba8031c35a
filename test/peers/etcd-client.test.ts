import { expect } from 'vitest';
import { lockServicePeer } from '../support/lock-service-peer.js';
import { queueOf, untilQueued } from '../support/locks.js';
import { rustProgram } from '../support/rust-peer.js';
import { describeSharedLocks, itAfterGivingUp } from './shared-locks.js';

// etcd-client, of Rust, locks and elects by the server's services as well.
const rust = await lockServicePeer(rustProgram);

describeSharedLocks('etcd-client', rust);

itAfterGivingUp('is left at once by a waiter of etcd-client', rust, async ({ client, held }) => {
  await untilQueued(client, 1);
  expect(await queueOf(client)).toEqual([held.key]);
});
