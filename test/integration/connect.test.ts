import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthenticationError, EtcdClient, type EtcdClientOptions } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { until } from '../support/wait.js';

// What `connect()` promises: this client can work.

type Auth = NonNullable<EtcdClientOptions['auth']>;

describeEtcd('connect()', (etcd) => {
  const app = { username: 'app', password: 'secret' };

  describe('to a cluster without authentication', () => {
    it.each<[string, Partial<EtcdClientOptions>]>([
      ['without credentials', {}],
      ['with credentials, which nobody asks for', { auth: app }],
      ['with a namespace', { namespace: 'app/' }],
    ])('succeeds %s', async (_, options) => {
      const { endpoint } = await etcd.server();
      await using client = await EtcdClient.connect({ endpoints: endpoint, ...options });
      await client.put('connect', 'v');
    });
  });

  describe('to a cluster with authentication', () => {
    let server: EtcdServer;

    beforeAll(async () => {
      server = await etcd.start({ flags: simpleTokenFlags() });
      const admin = await enableAuth(server);
      const permissions = [['--prefix=true', 'readwrite', 'app/']];
      await admin.addUser('app', { password: 'secret', permissions });
      await admin.addUser('nobody', { password: 'secret', permissions: [] });
    });

    afterAll(() => server[Symbol.asyncDispose]());

    const connect = (auth: Auth | undefined, namespace?: string) =>
      EtcdClient.connect({ endpoints: server.endpoint, auth, namespace });

    it.each<[string, Auth, string | undefined]>([
      ['the administrator', { username: 'root', password: 'root' }, undefined],
      ['a user in the namespace that is theirs', app, 'app/'],
      ['a user who may read other keys only', app, undefined],
      ['a user without any rights', { username: 'nobody', password: 'secret' }, undefined],
    ])('accepts %s', async (_, auth, namespace) => {
      await using client = await connect(auth, namespace);
      expect(client.endpoints).toEqual([server.endpoint]);
    });

    it('accepts a token that the server accepts', async () => {
      await using issuer = clientOf(server);
      const { token } = await issuer.rpc.auth.authenticate({ name: 'app', password: 'secret' });
      await using client = await connect({ token }, 'app/');
      await client.put('k', 'v');
    });

    it.each<[string, Auth | undefined, string, RegExp]>([
      ['no credentials', undefined, 'USER_NAME_EMPTY', /give the client auth/],
      ['a wrong password', { ...app, password: 'no' }, 'AUTHENTICATION_FAILED', /password/],
      ['a user that there is not', { ...app, username: 'x' }, 'AUTHENTICATION_FAILED', /password/],
      ['a wrong token', { token: 'x.1' }, 'AUTHENTICATION_FAILED', /refuses the given token/],
      ['a function of wrong tokens', { token: () => 'x.1' }, 'INVALID_AUTH_TOKEN', /invalid auth/],
    ])('refuses %s', async (_, auth, code, message) => {
      const error = await failureOf(connect(auth));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    });
  });
});

describeEtcd('a learner as the only endpoint', (etcd) => {
  it('serves serializable reads, and says why nothing else works there', {
    timeout: 60_000,
  }, async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    // Members that started just now are not yet healthy enough for another.
    const learner = await until(() => cluster.addMember({ learner: true }));
    await using client = await EtcdClient.connect({ endpoints: learner.endpoint });
    await until(() => client.get('k', { serializable: true }).then(() => true));
    // Without a deadline: the answer is no, and not that it takes long.
    const refused = [
      () => client.get('k', { timeoutMs: 0 }),
      () => client.put('k', 'v', { timeoutMs: 0 }),
      () => client.lease.grant(10, { timeoutMs: 0 }),
    ];
    for (const call of refused) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ code: 'NOT_SUPPORTED_FOR_LEARNER', outcome: 'not-applied' });
      expect(error.message).toContain('an endpoint of a voting member');
    }
    const watch = failureOf(client.all().watch().ready);
    expect(await watch).toMatchObject({ code: 'NOT_SUPPORTED_FOR_LEARNER' });
  });
});
