import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { describeNamespaces } from '../support/describe-namespaces.js';
import { startPartitionableCluster } from '../support/netns.js';
import { recordMessages } from '../support/recorded-diagnostics.js';
import { until } from '../support/wait.js';

/** Ample for a member that is asked again only now and then. */
const PATIENCE = { timeoutMs: 40_000 };

/** What is told of one endpoint: the kinds, with their reasons. */
function toldOf(endpoint: string) {
  const told = recordMessages();
  return {
    get kinds(): readonly string[] {
      return told.messages.flatMap((message) => {
        if (message.topic !== 'endpoint' || message.endpoint !== endpoint) return [];
        return message.kind === 'set-aside' ? `set-aside ${message.reason}` : message.kind;
      });
    },
    [Symbol.dispose]: () => told[Symbol.dispose](),
  };
}

describeEtcd('an endpoint that calls avoid', (etcd) => {
  it('is reported as a learner until it is promoted', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    const learner = await cluster.addMember({ learner: true });
    using told = toldOf(learner.endpoint);
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    await allConnected(client, 2);
    await until(() => told.kinds.includes('set-aside learner'));
    const { id = 0n } = (await client.cluster.members()).find(({ isLearner }) => isLearner) ?? {};
    // Refused until the learner has what the leader has.
    await until(() => client.cluster.promote(id).then(() => true));
    await until(() => told.kinds.includes('back'), PATIENCE);
    expect(told.kinds).toEqual(['connected', 'set-aside learner', 'back']);
  });
});

describeNamespaces('an endpoint that calls avoid in a partitioned cluster', () => {
  it('is reported as one without a leader until it has one again', {
    timeout: 120_000,
  }, async () => {
    await using cluster = await startPartitionableCluster();
    const lost = await cluster.leader();
    await cluster.partition(lost, 'peers');
    await using asking = clientOf(lost);
    await until(async () => (await asking.maintenance.status(lost.endpoint)).leader === 0n);
    await cluster.leader({ except: lost });
    using told = toldOf(lost.endpoint);
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    await allConnected(client);
    await until(() => told.kinds.includes('set-aside no-leader'));
    await cluster.heal(lost);
    await until(() => told.kinds.includes('back'), PATIENCE);
    expect(told.kinds).toEqual(['connected', 'set-aside no-leader', 'back']);
  });
});
