import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient, type TlsSource } from '../../src/index.js';
import { enableAuth, jwtFlags, simpleTokenFlags } from '../support/auth.js';
import { testCertificates } from '../support/certs.js';
import { clientOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

describeEtcd('the options of etcdctl', (etcd) => {
  it('connect a client with TLS and a login', async () => {
    await using server = await etcd.start({ tls: 'mutual', flags: simpleTokenFlags() });
    const { authority, client } = server.certificates ?? {};
    const admin = await enableAuth(server);
    await admin.addUser('alice', { password: 'with:colon' });
    const options = EtcdClient.optionsFromEnv({
      ETCDCTL_ENDPOINTS: server.endpoint,
      ETCDCTL_USER: 'alice:with:colon',
      ETCDCTL_CACERT: authority?.certFile,
      ETCDCTL_CERT: client?.certFile,
      ETCDCTL_KEY: client?.keyFile,
    });
    await using etcdClient = await EtcdClient.connect(options);
    await etcdClient.put('k', 'v');
    expect((await etcdClient.get('k'))?.value).toBe('v');
  });
});

describeEtcd('a token from the environment', (etcd) => {
  it('is used as it is', async () => {
    await using server = await etcd.start({ flags: await jwtFlags() });
    await enableAuth(server);
    await using anybody = clientOf(server);
    const { token } = await anybody.rpc.auth.authenticate({ name: 'root', password: 'root' });
    const env = { ETCDCTL_ENDPOINTS: server.endpoint, ETCDCTL_AUTH_JWT_TOKEN: token };
    await using etcdClient = await EtcdClient.connect(EtcdClient.optionsFromEnv(env));
    await etcdClient.put('k', 'v');
    expect((await etcdClient.get('k'))?.value).toBe('v');
  });
});

describe('options from the environment', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'etcd-kit-env-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are those of etcdctl without any variable', () => {
    expect(EtcdClient.optionsFromEnv({})).toEqual({ endpoints: ['127.0.0.1:2379'] });
    const empty = { ETCDCTL_ENDPOINTS: '', ETCDCTL_USER: '', ETCDCTL_CACERT: '' };
    expect(EtcdClient.optionsFromEnv(empty)).toEqual({ endpoints: ['127.0.0.1:2379'] });
  });

  it('come from the process unless others are given', () => {
    process.env['ETCDCTL_ENDPOINTS'] = 'http://from.the.process:2379';
    try {
      expect(EtcdClient.optionsFromEnv().endpoints).toEqual(['http://from.the.process:2379']);
    } finally {
      delete process.env['ETCDCTL_ENDPOINTS'];
    }
  });

  it('take several endpoints, with commas between them', () => {
    const { endpoints } = EtcdClient.optionsFromEnv({
      ETCDCTL_ENDPOINTS: 'http://a:2379,b:2379, http://c:2379',
    });
    expect(endpoints).toEqual(['http://a:2379', 'b:2379', 'http://c:2379']);
    const broken = thrownBy(() => EtcdClient.optionsFromEnv({ ETCDCTL_ENDPOINTS: 'a:1,,b:1' }));
    expect(broken).toMatchObject({ argument: 'ETCDCTL_ENDPOINTS' });
  });

  it('split the user at the first colon, unless a password is given', () => {
    const authOf = (env: Record<string, string>) => EtcdClient.optionsFromEnv(env).auth;
    expect(authOf({ ETCDCTL_USER: 'alice:a:b' })).toEqual({ username: 'alice', password: 'a:b' });
    expect(authOf({ ETCDCTL_USER: 'alice:x', ETCDCTL_PASSWORD: 'secret' })).toEqual({
      username: 'alice:x',
      password: 'secret',
    });
  });

  it('take a token in place of a login', () => {
    const { auth } = EtcdClient.optionsFromEnv({ ETCDCTL_AUTH_JWT_TOKEN: 'a.b.c' });
    expect(auth).toEqual({ token: 'a.b.c' });
    const empty = { ETCDCTL_AUTH_JWT_TOKEN: '', ETCDCTL_USER: 'alice:secret' };
    expect(EtcdClient.optionsFromEnv(empty).auth).toMatchObject({ username: 'alice' });
  });

  it.each([
    [{ ETCDCTL_AUTH_JWT_TOKEN: 'hidden', ETCDCTL_USER: 'a:hidden' }, 'ETCDCTL_AUTH_JWT_TOKEN'],
    [{ ETCDCTL_AUTH_JWT_TOKEN: 'hidden', ETCDCTL_PASSWORD: 'hidden' }, 'ETCDCTL_AUTH_JWT_TOKEN'],
    [{ ETCDCTL_AUTH_JWT_TOKEN: 'hidden\n' }, 'ETCDCTL_AUTH_JWT_TOKEN'],
    [{ ETCDCTL_USER: 'alice' }, 'ETCDCTL_USER'],
    [{ ETCDCTL_USER: ':hidden' }, 'ETCDCTL_USER'],
    [{ ETCDCTL_PASSWORD: 'hidden' }, 'ETCDCTL_USER'],
  ])('refuse a login that lacks something, and show no password: %o', (env, argument) => {
    const error = thrownBy(() => EtcdClient.optionsFromEnv(env));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ argument });
    expect(error.message).not.toContain('hidden');
  });

  it('name the variable and the file that cannot be read', async () => {
    const missing = join(folder, 'missing.pem');
    const error = thrownBy(() => EtcdClient.optionsFromEnv({ ETCDCTL_CACERT: missing }));
    expect(error).toMatchObject({ argument: 'ETCDCTL_CACERT', cause: { code: 'ENOENT' } });
    expect(error.message).toContain(missing);
    const { client } = await testCertificates();
    const alone = thrownBy(() => EtcdClient.optionsFromEnv({ ETCDCTL_CERT: client.certFile }));
    expect(alone.message).toContain('ETCDCTL_KEY');
    const keyAlone = thrownBy(() => EtcdClient.optionsFromEnv({ ETCDCTL_KEY: client.keyFile }));
    expect(keyAlone.message).toContain('ETCDCTL_CERT');
  });

  it('read the files again for each connection, so that they can be renewed', async () => {
    const path = join(folder, 'ca.pem');
    await writeFile(path, 'first');
    const { tls } = EtcdClient.optionsFromEnv({ ETCDCTL_CACERT: path });
    expect(await read(tls)).toEqual({ ca: 'first' });
    await writeFile(path, 'second');
    expect(await read(tls)).toEqual({ ca: 'second' });
    await rm(path);
    await expect(read(tls)).rejects.toThrow('ETCDCTL_CACERT');
  });
});

async function read(tls: TlsSource | undefined): Promise<unknown> {
  if (typeof tls !== 'function') throw new Error('a function was expected');
  return tls();
}
