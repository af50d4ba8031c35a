import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeNamespaces } from '../support/describe-namespaces.js';
import { startPartitionableCluster } from '../support/netns.js';
import { deferred, until } from '../support/wait.js';
import { Collected } from '../support/watching.js';

describeNamespaces('a watch on a member that is cut off from its peers', () => {
  it('moves to another member, and misses nothing', async () => {
    await using cluster = await startPartitionableCluster();
    await using client = clientOf({ endpoint: '' }, { endpoints: cluster.endpoints });
    await allConnected(client);
    const watcher = client.prefix('k').watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    const member = await until(async () => {
      for (const each of cluster.members) {
        if ((await each.metric('etcd_debugging_mvcc_watcher_total')) === 1) return each;
      }
      return undefined;
    });
    const broken = deferred<string | undefined>();
    watcher.once('disconnected', (error) => broken.resolve(error?.code));
    await cluster.partition(member, 'peers');
    const leader = await cluster.leader({ except: member });
    expect(await leader.ctl('put', 'k1', 'behind its back')).toBe('OK');
    expect(await broken.promise).toBe('NO_LEADER');
    await collected.untilCount(1, 40_000);
    await cluster.heal(member);
    await leader.ctl('put', 'k2', 'x');
    await collected.untilCount(2);
    expect(collected.changes).toEqual(['k1', 'k2']);
    await watcher.cancel();
  }, 120_000);
});
