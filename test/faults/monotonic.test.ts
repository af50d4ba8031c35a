import { expect, it } from 'vitest';
import type { Interceptor } from '../../src/index.js';
import type { RangeRequestInput } from '../../src/rpc/generated/types.js';
import { clientOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeNamespaces } from '../support/describe-namespaces.js';
import type { EtcdServer } from '../support/etcd.js';
import { startPartitionableCluster } from '../support/netns.js';

/** Sends serializable reads to these members in their order, as a balancer may; later ones go anywhere. */
function readsBy(members: EtcdServer[]): Interceptor {
  return (next) => ({
    unary(method, request, options) {
      const isLocal = (request as RangeRequestInput).serializable === true;
      const endpoint = isLocal ? members.shift()?.endpoint : undefined;
      return next.unary(
        method,
        request,
        endpoint === undefined ? options : { ...options, endpoint },
      );
    },
  });
}

describeNamespaces('serializable reads that reach a lagging member', () => {
  it('never go back in time through a monotonic view, and do so without one', async () => {
    await using cluster = await startPartitionableCluster();
    const lagging = (await cluster.followers())[0] as EtcdServer;
    const leader = await cluster.leader();
    const asked: EtcdServer[] = [];
    await using reader = clientOf(
      { endpoint: '' },
      { endpoints: cluster.endpoints, interceptors: [readsBy(asked)] },
    );
    await allConnected(reader);
    await using writer = clientOf(leader, { timeoutMs: 30_000 });
    await writer.put('k', 'old');
    await reader.get('k');
    await cluster.partition(lagging, 'peers');
    await writer.put('k', 'new');

    const read = async (view: typeof reader | ReturnType<typeof reader.monotonic>) => {
      asked.push(leader, lagging);
      const seen: (string | undefined)[] = [];
      for (let turn = 0; turn < 2; turn += 1) {
        seen.push((await view.get('k', { serializable: true }))?.value);
      }
      asked.length = 0;
      return seen;
    };
    expect(await read(reader)).toEqual(['new', 'old']);
    const monotonic = reader.monotonic();
    expect(await read(monotonic)).toEqual(['new', 'new']);
    expect(await read(monotonic)).toEqual(['new', 'new']);
    await cluster.heal(lagging);
  }, 60_000);
});
