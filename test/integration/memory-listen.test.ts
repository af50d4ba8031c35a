import { describe, expect, it } from 'vitest';
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
      const ctl = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await runEtcdctl(target, args);
        if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${stderr}`);
        return stdout.trim();
      };
      const spawn = (...args: string[]) => spawnEtcdctl(target, args);
      return { memory, ctl, spawn, [Symbol.asyncDispose]: () => memory.close() };
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

describe('a port that cannot be had', () => {
  it('is told by a typed error, and nothing is left', async () => {
    await using memory = new MemoryEtcd();
    const { port } = await memory.listen();
    const error = await failureOf(memory.listen({ port }));
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(error.message).toContain(String(port));
    await expect(memory.listen({ port: 70_000 })).rejects.toThrow(/port/);
    await expect(memory.listen({ member: 1 })).rejects.toThrow(/member/);
  });
});
