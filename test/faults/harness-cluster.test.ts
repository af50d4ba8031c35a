import { expect, it } from 'vitest';
import { enableAuth, jwtFlags } from '../support/auth.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';

describeEtcdConcurrently('the cluster harness', (etcd) => {
  it('elects another leader when one is killed or hangs, and the old one joins again', async () => {
    await using cluster = await etcd.cluster();
    expect(new Set(cluster.endpoints).size).toBe(3);
    await cluster.ctl('put', 'foo', 'bar');

    const first = await cluster.leader();
    await first.kill();
    const second = await cluster.leader();
    expect(second).not.toBe(first);
    expect(await second.ctl('get', 'foo', '--print-value-only')).toBe('bar');
    await first.restart();

    await second.pause();
    const third = await cluster.leader({ except: second });
    await third.ctl('put', 'foo', 'baz');
    await second.resume();
    await cluster.waitHealthy();
    // One of the three leads, whichever it is by now, and the two others know of it.
    expect(cluster.members).toContain(await cluster.leader());
    expect(await cluster.followers()).toHaveLength(2);
    expect(await second.ctl('get', 'foo', '--print-value-only')).toBe('baz');
  });

  it('adds a learner', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    await cluster.ctl('put', 'foo', 'bar');
    const learner = await cluster.addMember({ learner: true });
    const [voter] = cluster.members;
    const list = (await voter?.ctl('member', 'list', '-w', 'json')) ?? '';
    const { members } = JSON.parse(list) as { members: { isLearner?: boolean }[] };
    expect(members.filter(({ isLearner }) => isLearner)).toHaveLength(1);
    // A learner has to catch up first.
    const copied = () => learner.ctl('get', '--consistency=s', 'foo', '--print-value-only');
    await until(async () => (await copied()) === 'bar', { what: 'the learner to catch up' });
  });

  it('accepts logins on every member, with TLS', async () => {
    await using cluster = await etcd.cluster({ tls: 'mutual', flags: await jwtFlags() });
    const admin = await enableAuth(cluster);
    await admin.addUser('alice', { password: 'secret' });
    await cluster.ctl('--user', 'alice:secret', 'put', 'foo', 'bar');
    for (const member of cluster.members) {
      const read = ['get', 'foo', '--print-value-only'];
      expect(await member.ctl('--user', 'alice:secret', ...read)).toBe('bar');
    }
  });
});
