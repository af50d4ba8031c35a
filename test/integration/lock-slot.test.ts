import { expect, it } from 'vitest';
import { lockKey } from '../../src/concurrency/lock-key.js';
import { SessionState } from '../../src/concurrency/session-state.js';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { LOCK, queueOf } from '../support/locks.js';
import { until } from '../support/wait.js';

describeEtcd('what a session remembers of a name', (etcd) => {
  it('is forgotten once the key of a lost request was found and deleted', async () => {
    await using server = await etcd.start();
    await using client = await EtcdClient.connect({ endpoints: server.endpoint });
    await using lease = await client.lease.grant(60);
    const session = new SessionState(client, lease, false, new AbortController().signal);
    const key = lockKey(LOCK, lease.id);
    const slot = session.slot(key);
    slot.leftOpen(slot.seen);
    await client.put(key.key, '', { lease });
    session.finished(slot);
    expect(session.slot(key)).toBe(slot);
    await until(async () => (await queueOf(client)).length === 0, { timeoutMs: 20_000 });
    await until(() => session.slot(key) !== slot, { what: 'a slot without a past' });
    session.dispose();
  }, 60_000);
});
