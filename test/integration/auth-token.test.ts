import { expect, it } from 'vitest';
import type { EtcdClientOptions } from '../../src/index.js';
import {
  type AuthAdmin,
  enableAuth,
  jwtFlags,
  simpleTokenFlags,
  verifyOnlyFlags,
} from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd, describeEveryEtcd, type EtcdContext } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

const ALICE: Partial<EtcdClientOptions> = { auth: { username: 'alice', password: 'secret' } };
/** What a server writes when it forgets a token of alice. */
const EXPIRED = /deleted a simple token.*"user-name":"alice"/;
const CALLS = Array.from({ length: 50 }, (_, i) => `app/${i}`);

/** A server with authentication on, and a user who may do what she likes below `app/`. */
async function startGuarded(
  etcd: EtcdContext,
  flags: readonly string[] = simpleTokenFlags(),
): Promise<AsyncDisposable & { readonly server: EtcdServer; readonly admin: AuthAdmin }> {
  const server = await etcd.start({ flags });
  const admin = await enableAuth(server);
  await admin.addUser('alice', {
    password: 'secret',
    permissions: [['--prefix', 'readwrite', 'app/']],
  });
  return { server, admin, [Symbol.asyncDispose]: () => server.stop() };
}

/** How many logins the server has answered, whatever the answer. */
function logins(server: EtcdServer): Promise<number> {
  return server.metric('grpc_server_handled_total', { grpc_method: 'Authenticate' });
}

describeEtcd('a client with a name and a password', (etcd) => {
  it('logs in once, however many calls begin together', async () => {
    await using guarded = await startGuarded(etcd);
    const before = await logins(guarded.server);
    await using client = clientOf(guarded.server, ALICE);
    await Promise.all(CALLS.map((key) => client.put(key, 'v')));
    expect(await logins(guarded.server)).toBe(before + 1);
    expect(await failureOf(client.put('other', 'v'))).toMatchObject({
      name: 'PermissionDeniedError',
      code: 'PERMISSION_DENIED',
      outcome: 'not-applied',
      retryable: false,
    });
  });

  it('tries a wrong password once, and says that it is wrong', async () => {
    await using guarded = await startGuarded(etcd);
    const before = await logins(guarded.server);
    await using client = clientOf(guarded.server, {
      auth: { username: 'alice', password: 'wrong' },
    });
    expect(await failureOf(client.put('app/k', 'v'))).toMatchObject({
      name: 'AuthenticationError',
      code: 'AUTHENTICATION_FAILED',
      outcome: 'not-sent',
      retryable: false,
    });
    expect(await logins(guarded.server)).toBe(before + 1);
    const errors = await Promise.all(CALLS.map((key) => failureOf(client.put(key, 'v'))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['AUTHENTICATION_FAILED']));
    expect(await logins(guarded.server)).toBe(before + 2);
  });

  it('goes on when its token has expired while it was idle', async () => {
    const flags = [...simpleTokenFlags({ ttlSeconds: 1 }), '--log-level', 'debug'];
    await using guarded = await startGuarded(etcd, flags);
    await using client = clientOf(guarded.server, ALICE);
    await client.put('app/k', '1');
    const before = await logins(guarded.server);
    // Asking with the token would keep it alive: that it has expired is told by the server's log alone.
    await until(() => EXPIRED.test(guarded.server.logs()), {
      what: 'the token to expire',
    });
    await Promise.all(CALLS.map((key) => client.put(key, 'v')));
    const used = (await logins(guarded.server)) - before;
    expect(used).toBeGreaterThanOrEqual(1);
    // One login for all calls; a token this short may expire under them when the machine stalls.
    expect(used).toBeLessThanOrEqual(5);
  });

  it('goes on when a change makes all tokens invalid under 50 calls in flight', async () => {
    await using guarded = await startGuarded(etcd, await jwtFlags());
    await using proxy = await startProxy({ target: guarded.server.endpoint });
    // The calls wait for a program that is started meanwhile.
    await using client = clientOf(proxy, { ...ALICE, batching: false, timeoutMs: 15_000 });
    await client.put('app/k', '1');
    const before = await logins(guarded.server);
    // The calls are held up on their way, and arrive with a token that has become invalid meanwhile.
    proxy.freeze('toServer');
    const { requests } = proxy;
    const calls = CALLS.map((key) => client.put(key, 'v'));
    await proxy.waitForRequests(requests + CALLS.length);
    await guarded.admin.bumpRevision();
    const own = (await logins(guarded.server)) - before;
    proxy.thaw();
    await Promise.all(calls);
    const used = (await logins(guarded.server)) - before - own;
    expect(used).toBeGreaterThanOrEqual(1);
    expect(used).toBeLessThanOrEqual(2);
    expect((await client.prefix('app/').keys()).length).toBe(CALLS.length + 1);
  });

  it('opens a stream of answers again with a new token', async () => {
    await using guarded = await startGuarded(etcd, await jwtFlags());
    await using client = clientOf(guarded.server, { auth: { username: 'root', password: 'root' } });
    await client.put('app/k', '1');
    await guarded.admin.bumpRevision();
    let received = 0;
    for await (const chunk of client.maintenance.snapshot()) received += chunk.length;
    expect(received).toBeGreaterThan(0);
  });

  it('needs no token where authentication is not enabled, and gets one when it is', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using client = clientOf(server, ALICE);
    await client.put('app/k', '1');
    const admin = await enableAuth(server);
    await admin.addUser('alice', { password: 'secret' });
    await client.put('app/k', '2');
    expect((await client.get('app/k'))?.value).toBe('2');
    await admin.ctl('auth', 'disable');
    await client.put('app/k', '3');
  });

  it('tells a client without credentials that the cluster asks for them', async () => {
    await using guarded = await startGuarded(etcd);
    await using client = clientOf(guarded.server);
    expect(await failureOf(client.put('app/k', 'v'))).toMatchObject({
      name: 'AuthenticationError',
      code: 'USER_NAME_EMPTY',
      outcome: 'not-applied',
      retryable: false,
    });
  });

  it('logs in again on a member that does not know its token', async () => {
    await using cluster = await etcd.cluster({ flags: simpleTokenFlags() });
    const admin = await enableAuth(cluster);
    await admin.addUser('alice', { password: 'secret' });
    await using client = clientOf({ endpoint: '' }, { ...ALICE, endpoints: cluster.endpoints });
    await allConnected(client);
    // Tokens live in memory: a member that starts again knows none of those it has given before.
    for (const member of cluster.members) {
      await member.kill();
      await member.restart();
    }
    await cluster.waitHealthy();
    // A leader that is busy may be voted out even now, and then it is unknown what became of a put.
    await Promise.all(
      CALLS.map((key) => client.put(key, 'v', { idempotent: true, timeoutMs: 20_000 })),
    );
  });
});

describeEveryEtcd('a server that can check tokens and not make any', (etcd) => {
  it('fails every call with a login at once, and says why', async () => {
    await using server = await etcd.start({ flags: await verifyOnlyFlags() });
    await enableAuth(server);
    // With no deadline at all a call would hang for ever.
    await using client = clientOf(server, { auth: { username: 'root', password: 'root' } });
    const error = await failureOf(client.put('k', 'v', { timeoutMs: 0 }));
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      code: 'AUTHENTICATION_FAILED',
      outcome: 'not-sent',
      retryable: false,
    });
    expect(error.message).toMatch(/verify-only key.*no private key/);
    expect(await failureOf(client.lease.grant(10, { timeoutMs: 0 }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });
});

describeEtcd('a client with a token', (etcd) => {
  /** A token as the server gives it to alice. */
  async function login(server: EtcdServer): Promise<string> {
    await using client = clientOf(server);
    const { token } = await client.rpc.auth.authenticate({ name: 'alice', password: 'secret' });
    return token;
  }

  it('uses a ready token, and never logs in', async () => {
    await using guarded = await startGuarded(etcd, await jwtFlags());
    await using client = clientOf(guarded.server, { auth: { token: await login(guarded.server) } });
    const before = await logins(guarded.server);
    await client.put('app/k', 'v');
    await guarded.admin.bumpRevision();
    const own = (await logins(guarded.server)) - before;
    const error = await failureOf(client.put('app/k', 'v2'));
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      code: 'AUTHENTICATION_FAILED',
      outcome: 'not-applied',
      retryable: false,
    });
    expect(error.message).toMatch(/^the server refuses the given token: /);
    expect(await logins(guarded.server)).toBe(before + own);
  });

  it('asks a function for another token when one was refused', async () => {
    await using guarded = await startGuarded(etcd, await jwtFlags());
    let asked = 0;
    await using client = clientOf(guarded.server, {
      auth: {
        token: () => {
          asked++;
          return login(guarded.server);
        },
      },
    });
    await Promise.all(CALLS.map((key) => client.put(key, 'v')));
    expect(asked).toBe(1);
    await guarded.admin.bumpRevision();
    await Promise.all(CALLS.map((key) => client.put(key, 'v')));
    expect(asked).toBeLessThanOrEqual(3);
  });

  it('reports the error of a token function', async () => {
    await using client = clientOf(await etcd.server(), {
      auth: {
        token: () => {
          throw new Error('the vault is sealed');
        },
      },
    });
    expect(await failureOf(client.put('app/k', 'v'))).toMatchObject({
      name: 'AuthenticationError',
      code: 'TOKEN_UNAVAILABLE',
      message: 'the token function failed: the vault is sealed',
      outcome: 'not-sent',
      cause: new Error('the vault is sealed'),
    });
  });

  it('refuses a token that cannot be sent in a header, and does not show it', async () => {
    await using client = clientOf(await etcd.server(), { auth: { token: () => 'secret\n' } });
    const error = await failureOf(client.put('app/k', 'v'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^auth\.token: got a string; /);
  });

  it('gives up on a function that returns the refused token again', async () => {
    await using guarded = await startGuarded(etcd);
    await using client = clientOf(guarded.server, { auth: { token: () => 'no-such-token' } });
    expect(await failureOf(client.put('app/k', 'v'))).toMatchObject({
      name: 'AuthenticationError',
      code: 'INVALID_AUTH_TOKEN',
      outcome: 'not-applied',
    });
  });
});
