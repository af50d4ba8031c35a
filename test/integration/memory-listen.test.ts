import { Etcd3 } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { EtcdStartError, MemoryEtcd } from '../../src/testing/index.js';
import { failureOf } from '../support/client.js';
import { runEtcdctl, spawnEtcdctl } from '../support/etcdctl.js';
import { skipSuite } from '../support/skip.js';
import { hasEtcd, missingReason, testedSeries } from '../support/versions.js';

for (const series of testedSeries) {
  const title = `a cluster in memory on a port, for its tool (etcd ${series})`;
  if (!hasEtcd(series)) {
    skipSuite(title, missingReason(series));
    continue;
  }
  describe(title, { timeout: 60_000 }, () => {
    const given = async () => {
      const memory = new MemoryEtcd({ clock: 'system', flags: ['--auth-token-ttl', '30'] });
      const port = await memory.listen();
      const target = { endpoints: [port.endpoint], series };
      const told = async (input: string, ...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await runEtcdctl(target, args, input);
        if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${stderr}`);
        return stdout.trim();
      };
      const ctl = (...args: string[]): Promise<string> => told('', ...args);
      const spawn = (...args: string[]) => spawnEtcdctl(target, args);
      return { memory, ctl, told, spawn, [Symbol.asyncDispose]: () => memory.close() };
    };

    it('is written, read and watched', async () => {
      await using it = await given();
      const { ctl, memory } = it;
      await using watch = it.spawn('watch', '--prefix', 'app/', '--rev', '1');
      expect(await ctl('put', 'app/a', '1')).toBe('OK');
      expect(await ctl('get', '--prefix', 'app/', '--print-value-only')).toBe('1');
      await watch.waitForOutput(/PUT\napp\/a\n1/);
      // One world for both: an ordinary client of the cluster sees what etcdctl wrote.
      expect((await memory.client().get('app/a'))?.value).toBe('1');
      // Comparisons, what to do when they hold, and what else; an empty line ends each part.
      const txn = 'value("app/a") = "1"\n\nput app/b 2\nget app/a\n\ndel app/a\n\n';
      expect(await it.told(txn, 'txn')).toBe('SUCCESS\n\nOK\n\napp/a\n1');
      await watch.waitForOutput(/PUT\napp\/b\n2/);
      expect(await ctl('del', 'app/a')).toBe('1');
      await watch.waitForOutput(/DELETE\napp\/a/);
    });

    it('has leases, locks and elections', async () => {
      await using it = await given();
      const { ctl } = it;
      const [, id = ''] = /lease (\w+) granted/.exec(await ctl('lease', 'grant', '60')) ?? [];
      await ctl('put', 'k', 'v', '--lease', id);
      expect(await ctl('lease', 'timetolive', id, '--keys')).toContain('attached keys([k])');
      expect(await ctl('lease', 'list')).toContain(id);
      await ctl('lease', 'revoke', id);
      expect(await ctl('get', 'k')).toBe('');

      await using holder = it.spawn('lock', 'jobs');
      await holder.waitForOutput(/^jobs\/\w+/);
      await using waiting = it.spawn('lock', 'jobs');
      await holder.end();
      await waiting.waitForOutput(/^jobs\/\w+/);

      await using leader = it.spawn('elect', 'leader', 'node-1');
      await leader.waitForOutput('node-1');
      await using observer = it.spawn('elect', '--listen', 'leader');
      await observer.waitForOutput('node-1');
    });

    it('tells its members, and has users and roles', async () => {
      await using it = await given();
      const { ctl } = it;
      expect(await ctl('member', 'list')).toContain('started, m0, http://m0.memory:2380');
      // That of 3.4 names its server by a URL, as HTTP/2 does not allow; etcd's own server lets it pass.
      if (series !== '3.4') expect(await ctl('endpoint', 'status')).toContain('3.7.3');
      await ctl('user', 'add', 'root:secret');
      await ctl('user', 'grant-role', 'root', 'root');
      await ctl('role', 'add', 'reader');
      await ctl('role', 'grant-permission', 'reader', 'read', 'open');
      await ctl('user', 'add', 'alice:pw');
      await ctl('user', 'grant-role', 'alice', 'reader');
      expect(await ctl('user', 'list')).toBe('alice\nroot');
      expect(await ctl('user', 'get', 'alice')).toContain('Roles: reader');
      expect(await ctl('role', 'get', 'reader')).toContain('open');
      await ctl('auth', 'enable');
      await expect(ctl('put', 'open', '1')).rejects.toThrow('user name is empty');
      await ctl('--user', 'root:secret', 'put', 'open', '1');
      expect(await ctl('--user', 'alice:pw', 'get', 'open', '--print-value-only')).toBe('1');
      await expect(ctl('--user', 'alice:pw', 'put', 'open', '2')).rejects.toThrow(
        'permission denied',
      );
      await expect(ctl('--user', 'alice:wrong', 'get', 'open')).rejects.toThrow(
        'authentication failed',
      );
    });
  });
}

describe('a cluster in memory on a port, for npm etcd3', () => {
  it('is written, read, watched and locked, and lists its members', async () => {
    await using memory = new MemoryEtcd({ clock: 'system' });
    const { endpoint } = await memory.listen();
    const theirs = new Etcd3({ hosts: endpoint });
    try {
      const watcher = await theirs.watch().prefix('app/').create();
      const told = new Promise((resolve) => {
        watcher.once('put', ({ key, value }) => resolve(`${key}=${value}`));
      });
      await theirs.put('app/a').value('1');
      expect(await told).toBe('app/a=1');
      await watcher.cancel();
      const txn = theirs.if('app/a', 'Value', '==', '1').then(theirs.put('app/a').value('2'));
      expect((await txn.commit()).succeeded).toBe(true);
      expect(await theirs.getAll().prefix('app/').strings()).toEqual({ 'app/a': '2' });

      const lease = theirs.lease(60);
      await lease.put('leased').value('v');
      await lease.revoke();
      expect(await theirs.get('leased').string()).toBeNull();

      const lock = await theirs.lock('jobs').acquire();
      await expect(theirs.lock('jobs').acquire()).rejects.toThrow('Failed to acquire a lock');
      await lock.release();
      const campaign = theirs.election('cron').campaign('node-1');
      await new Promise<void>((resolve) => campaign.on('elected', resolve));
      expect(await theirs.election('cron').leader()).toBe('node-1');
      await campaign.resign();

      const role = theirs.role('reader');
      await role.create();
      await role.grant({ permission: 'Read', key: 'open' });
      await theirs.user('alice').create('pw');
      await theirs.user('alice').addRole('reader');
      const { auth } = memory.client();
      await auth.users.add('root', 'secret');
      await auth.users.grantRole('root', 'root');
      await auth.enable();
    } finally {
      theirs.close();
    }
    const alice = new Etcd3({ hosts: endpoint, auth: { username: 'alice', password: 'pw' } });
    try {
      expect(await alice.get('open').string()).toBeNull();
      await expect(alice.put('open').value('1')).rejects.toThrow('permission denied');
    } finally {
      alice.close();
    }
  });
});

describe('a member on a port', () => {
  it('answers nothing while it is paused, and answers afterwards', async () => {
    await using memory = new MemoryEtcd({ members: 3, clock: 'system' });
    const [first, second] = [await memory.listen(), await memory.listen({ member: 1 })];
    await using etcd = new EtcdClient({ endpoints: first.endpoint });
    await using other = new EtcdClient({ endpoints: second.endpoint });
    await Promise.all([etcd.get('k'), other.get('k')]);
    memory.members[0].pause();
    let isAnswered = false;
    const asked = etcd.get('k', { serializable: true }).then(() => {
      isAnswered = true;
    });
    for (let count = 0; count < 20; count += 1) await other.get('k', { serializable: true });
    expect(isAnswered).toBe(false);
    memory.members[0].resume();
    await asked;
  });

  it('ends its streams when it is stopped, and serves again when it is started', async () => {
    await using memory = new MemoryEtcd({ clock: 'system' });
    const { endpoint } = await memory.listen();
    await using etcd = new EtcdClient({ endpoints: endpoint });
    await using watcher = etcd.watch('k');
    await watcher.ready;
    const resumed = new Promise<void>((resolve) => watcher.on('resumed', () => resolve()));
    const [member] = memory.members;
    member.stop();
    await expect(etcd.put('k', 'v', { timeoutMs: 50 })).rejects.toThrow();
    member.start();
    await resumed;
    await memory.client().put('k', 'after');
    for await (const event of watcher) {
      expect(event).toMatchObject({ type: 'put', kv: { value: 'after' } });
      break;
    }
  });

  it('has the faults of the network between all clients and the cluster', async () => {
    await using memory = new MemoryEtcd({ clock: 'system' });
    const { endpoint } = await memory.listen();
    await using etcd = new EtcdClient({ endpoints: endpoint });
    await etcd.get('k');
    memory.faults.loseReplies(1);
    expect(await failureOf(etcd.put('k', 'v'))).toMatchObject({ outcome: 'unknown' });
    expect((await etcd.get('k'))?.value).toBe('v');
  });
});

describe('a port that is in use', () => {
  it('rejects with a typed error, and leaves nothing behind', async () => {
    await using memory = new MemoryEtcd();
    const { port } = await memory.listen();
    const error = await failureOf(memory.listen({ port }));
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(error.message).toContain(String(port));
    await expect(memory.listen({ port: 70_000 })).rejects.toThrow(/port/);
    await expect(memory.listen({ member: 1 })).rejects.toThrow(/member/);
  });
});
