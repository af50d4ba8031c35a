import { EtcdNotFoundError, EtcdStartError, startCluster } from 'etcd-kit/testing';
import { describe, expect, it } from 'vitest';
import { testCertificates } from '../support/certs.js';
import { failureOf } from '../support/client.js';
import { describeEtcd, SERVER_TEST_TIMEOUT_MS } from '../support/describe-etcd.js';
import { toolsOf } from '../support/versions.js';

/** Elections take their time on a machine that is busy. */
const PATIENT = { timeoutMs: 30_000 };

describeEtcd('startCluster', (etcd) => {
  const binary = () => toolsOf(etcd.series).etcd;

  it('elects another leader when its leader is killed, and a client finds it', async () => {
    await using cluster = await startCluster({ binary: binary() });
    expect(cluster.members.map(({ endpoint }) => endpoint)).toEqual(cluster.endpoints);
    expect(cluster).toMatchObject({ version: etcd.version, endpoints: { length: 3 } });
    const client = cluster.client({ namespace: 'app/' });
    await client.put('k', '1', PATIENT);
    const leader = await cluster.leader();
    expect(cluster.members).toContain(leader);
    await leader.kill();
    const next = await cluster.leader();
    expect(next).not.toBe(leader);
    expect(next.running).toBe(true);
    await client.put('k', '2', PATIENT);
    await leader.start();
    expect((await leader.client().get('app/k', PATIENT))?.value).toBe('2');
  });

  it('gives a wiped member the data of the others', async () => {
    await using cluster = await startCluster({ binary: binary() });
    const client = cluster.client();
    await client.put('k', 'v', PATIENT);
    const [member] = cluster.members;
    await member?.wipe();
    expect((await member?.client().get('k', PATIENT))?.value).toBe('v');
    const known = await client.cluster.members(PATIENT);
    expect(known.map(({ name }) => name).sort()).toEqual(['member-1', 'member-2', 'member-3']);
  });

  it('speaks TLS, and asks for certificates', async () => {
    const { authority, server } = await testCertificates();
    const tls = { cert: server.cert, key: server.key, ca: authority.cert, clientAuth: true };
    await using cluster = await startCluster({ binary: binary(), members: 2, tls });
    const member = await cluster.leader();
    await cluster.client().put('k', 'v', PATIENT);
    expect((await member.client().get('k', PATIENT))?.value).toBe('v');
  });

  it('leaves nothing behind when it cannot start', async () => {
    const started = startCluster({ binary: binary(), members: 2, flags: ['--no-such-flag'] });
    const error = await failureOf(started);
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(error.message).toContain('no-such-flag');
  });
});

describe('a cluster', { timeout: SERVER_TEST_TIMEOUT_MS }, () => {
  it.each([
    [{ members: 0 }, /members: got 0; a whole number, 1 or more/],
    [{ size: 3 }, /options\.size: .* no such option/],
    [{ dataFolder: '/tmp/x' }, /options\.dataFolder: .* no such option/],
    [{ flags: ['--name=m'] }, /flags: got "--name"; each member has its own/],
    [{ flags: ['--listen-client-urls', 'http://127.0.0.1:2379'] }, /each member has its own/],
  ])('refuses %j with a TypeError', async (options, message) => {
    const error = await failureOf(startCluster(options as object));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  it('of an unknown version rejects with the places that were searched', async () => {
    expect(await failureOf(startCluster({ version: '9.9' }))).toBeInstanceOf(EtcdNotFoundError);
  });
});
