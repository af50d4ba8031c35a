import { expect, it } from 'vitest';
import { enableAuth, jwtFlags, simpleTokenFlags } from '../support/auth.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { runEtcdctl } from '../support/etcdctl.js';

/** For commands that fail by their timeout alone. */
const IMPATIENT = ['--command-timeout', '1s', '--dial-timeout', '1s'];
const PATIENT = ['--command-timeout', '10s', '--dial-timeout', '10s'];

describeEtcd('the etcd harness', (etcd) => {
  it('starts a server of the asked version', async () => {
    const server = await etcd.server();
    expect(await server.ctl('put', 'foo', 'bar')).toBe('OK');
    expect(await server.ctl('get', 'foo', '--print-value-only')).toBe('bar');
    expect(JSON.parse((await server.request('/version')).body)).toMatchObject({
      etcdserver: etcd.version,
    });
  });

  it('counts the calls of a server', async () => {
    const server = await etcd.server();
    const puts = () => server.metric('grpc_server_started_total', { grpc_method: 'Put' });
    const before = await puts();
    await server.ctl('put', 'foo', 'bar');
    expect(await puts()).toBe(before + 1);
  });

  it('runs an etcdctl beside the test', async () => {
    const server = await etcd.server();
    await using watch = server.spawnCtl('watch', 'watched', '--rev', '1');
    await server.ctl('put', 'watched', 'now');
    expect(await watch.waitForOutput('now\n')).toBe('PUT\nwatched\nnow\n');
    await watch.end();
    expect(() => process.kill(watch.pid ?? 0, 0)).toThrow('ESRCH');
  });

  it('stops cleanly, and starts again with its data', async () => {
    await using server = await etcd.start();
    await server.ctl('put', 'kept', 'yes');
    await server.shutdown();
    expect(server.running).toBe(false);
    await server.start();
    expect(await server.ctl('get', 'kept', '--print-value-only')).toBe('yes');
  });

  it('speaks TLS, and asks clients for certificates where told to', async () => {
    await using plain = await etcd.start({ tls: 'server' });
    await using mutual = await etcd.start({ tls: 'mutual' });
    for (const server of [plain, mutual]) {
      expect(server.endpoint).toMatch(/^https:/);
      expect(await server.ctl('put', 'foo', 'bar')).toBe('OK');
    }
    const anonymous = async ({ endpoint, certificates }: EtcdServer, patience: string[]) => {
      const trust = ['--cacert', certificates?.authority.certFile ?? ''];
      const args = [...trust, ...patience, 'get', 'foo'];
      return (await runEtcdctl({ endpoints: [endpoint], series: etcd.series }, args)).code;
    };
    expect(await anonymous(plain, PATIENT)).toBe(0);
    expect(await anonymous(mutual, IMPATIENT)).not.toBe(0);
  });

  it('refuses a certificate of another authority', async () => {
    await using server = await etcd.start({ tls: 'mutual' });
    const { otherClient, otherAuthority } = server.certificates ?? {};
    const stranger = ['--cert', otherClient?.certFile ?? '', '--key', otherClient?.keyFile ?? ''];
    expect((await server.etcdctl(...stranger, ...IMPATIENT, 'get', 'foo')).code).not.toBe(0);
    const trusting = ['--cacert', otherAuthority?.certFile ?? ''];
    expect((await server.etcdctl(...trusting, ...IMPATIENT, 'get', 'foo')).code).not.toBe(0);
  });

  it.each(['simple', 'jwt'] as const)('enables authentication, with %s tokens', async (kind) => {
    const flags = kind === 'jwt' ? await jwtFlags() : simpleTokenFlags({ ttlSeconds: 3 });
    await using server = await etcd.start({ flags });
    const admin = await enableAuth(server);
    await admin.addUser('alice', {
      password: 'secret',
      permissions: [['--prefix', 'readwrite', 'app/']],
    });
    await admin.bumpRevision();
    const alice = ['--user', 'alice:secret'];
    expect(await server.ctl(...alice, 'put', 'app/x', '1')).toBe('OK');
    await expect(server.ctl(...alice, 'put', 'other', '1')).rejects.toThrow('permission denied');
    await expect(server.ctl('get', 'app/x')).rejects.toThrow('user name is empty');
    await server.restart();
    expect(await admin.ctl('get', 'app/x', '--print-value-only')).toBe('1');
  });
});
