import { expect, it } from 'vitest';
import type { Interceptor } from '../../src/index.js';
import type { RangeRequestInput } from '../../src/rpc/generated/types.js';
import { clientOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeNamespaces } from '../support/describe-namespaces.js';
import type { EtcdServer } from '../support/etcd.js';
import { startPartitionableCluster } from '../support/netns.js';

/** Sends the first serializable page to one member and the others to another, as a balancer may. */
function pagesBy(first: EtcdServer, others: EtcdServer, asked: string[]): Interceptor {
  return (next) => ({
    unary(method, request, options) {
      if (method.name !== 'KV.Range') return next.unary(method, request, options);
      const { serializable = false } = request as RangeRequestInput;
      if (!serializable) {
        asked.push('linearizable');
        return next.unary(method, request, options);
      }
      const member = asked.length === 0 ? first : others;
      asked.push(member === first ? 'first' : 'lagging');
      return next.unary(method, request, { ...options, endpoint: member.endpoint });
    },
  });
}

describeNamespaces('a serializable iteration that reaches a lagging member', () => {
  it('reads those pages from a majority, at the revision of the first page', async () => {
    await using cluster = await startPartitionableCluster();
    const lagging = (await cluster.followers())[0] as EtcdServer;
    const leader = await cluster.leader();
    const asked: string[] = [];
    await using reader = clientOf(
      { endpoint: '' },
      {
        endpoints: cluster.endpoints,
        interceptors: [pagesBy(leader, lagging, asked)],
        // Newer servers would stream the rest, from a member that nobody has chosen.
        serverVersion: '3.5.16',
      },
    );
    await allConnected(reader);
    await using writer = clientOf(leader, { timeoutMs: 30_000 });
    await cluster.partition(lagging, 'peers');
    const keys = Array.from({ length: 1_200 }, (_, i) => `k/${String(i).padStart(5, '0')}`);
    await Promise.all(keys.map((key) => writer.put(key, 'v')));

    asked.length = 0;
    const seen: string[] = [];
    for await (const { key } of reader.prefix('k/').serializable()) {
      // What is written meanwhile belongs to a later revision.
      if (seen.length === 0) await writer.put('k/99999', 'later');
      seen.push(key);
    }
    expect(seen).toEqual(keys);
    expect(asked.slice(0, 3)).toEqual(['first', 'lagging', 'linearizable']);
    await cluster.heal(lagging);
  }, 60_000);
});
