import { expect, it } from 'vitest';
import { describeNamespaces } from '../support/describe-namespaces.js';
import { canUseNamespaces, startPartitionableCluster } from '../support/netns.js';

const IMPATIENT = ['--command-timeout', '1s', '--dial-timeout', '1s'];

describeNamespaces('a cluster across network namespaces', () => {
  it('works without a leader that is cut off from everyone, and the leader joins again', async () => {
    expect(await canUseNamespaces()).toBe(true);
    await using cluster = await startPartitionableCluster();
    const lost = await cluster.leader();
    await cluster.partition(lost);
    const next = await cluster.leader({ except: lost });
    expect(await next.ctl('put', 'foo', 'bar')).toBe('OK');
    expect((await lost.etcdctl(...IMPATIENT, 'get', 'foo')).code).not.toBe(0);
    await cluster.heal(lost);
    await cluster.waitHealthy();
    expect(await lost.ctl('get', 'foo', '--print-value-only')).toBe('bar');
  });

  it('cuts a member off from its peers alone: clients reach it, and it has no leader', async () => {
    await using cluster = await startPartitionableCluster();
    const lost = await cluster.leader();
    await cluster.partition(lost, 'peers');
    const next = await cluster.leader({ except: lost });
    expect(await next.ctl('put', 'foo', 'bar')).toBe('OK');
    expect(await lost.ctl('get', '--consistency=s', 'foo', '--print-value-only')).toBe('');
    expect((await lost.etcdctl(...IMPATIENT, 'get', 'foo')).code).not.toBe(0);
    await cluster.heal(lost);
    await cluster.waitHealthy();
    expect(await lost.ctl('get', 'foo', '--print-value-only')).toBe('bar');
  });
});
