import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import {
  type EtcdClient,
  type EtcdClientOptions,
  type Lease,
  LeaseLostError,
  LeaseNotFoundError,
  PermissionDeniedError,
} from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import {
  describeEtcd,
  describeEtcdConcurrently,
  describeEveryEtcd,
} from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { abortOf } from '../support/locks.js';
import { renewals } from '../support/renewals.js';
import { until, within } from '../support/wait.js';

function connect(server: EtcdServer, options: Partial<EtcdClientOptions> = {}): EtcdClient {
  return clientOf(server, options);
}

/** The calls of one kind that the server has taken. */
function calls(server: EtcdServer, method: string): Promise<number> {
  return server.metric('grpc_server_started_total', { grpc_method: method });
}

const hex = (id: bigint) => id.toString(16);

describeEtcd('a lease', (etcd) => {
  it('is granted, holds keys, tells how long it lasts, and takes its keys along when revoked', async () => {
    const server = await etcd.server();
    await using client = connect(server);
    const lease = await client.lease.grant(60);
    expect([lease.ttlSeconds, lease.alive, lease.signal.aborted]).toEqual([60, true, false]);
    expect(lease.id > 0n).toBe(true);
    expect(await client.lease.list()).toContain(lease.id);
    await client.put('lease/put', '1', { lease });
    await client.put('lease/id', '1', { lease: lease.id });
    await client.put('lease/touched', '1');
    await client.touch('lease/touched', { lease });
    const { op } = client;
    await client
      .txn()
      .then(op.put('lease/txn', '1', { lease }))
      .commit();
    const left = await lease.timeToLive({ keys: true });
    expect(left.grantedSeconds).toBe(60);
    expect(left.remainingSeconds).toBeGreaterThan(50);
    expect([...(left.keys ?? [])].sort()).toEqual(
      ['lease/put', 'lease/id', 'lease/touched', 'lease/txn'].sort(),
    );
    expect((await lease.timeToLive()).keys).toBeUndefined();
    await lease.revoke();
    expect(await client.prefix('lease/').count()).toBe(0);
    expect(await client.lease.list()).not.toContain(lease.id);
    await lease.revoke();
  });

  it('can have an id chosen by the caller, which cannot be granted twice', async () => {
    const server = await etcd.server();
    await using client = connect(server);
    await using lease = await client.lease.grant(60, { id: 4_242 });
    expect(lease.id).toBe(4_242n);
    expect(await server.ctl('lease', 'timetolive', hex(lease.id))).toContain(
      'granted with TTL(60s)',
    );
    await expect(client.lease.grant(60, { id: 4_242n })).rejects.toMatchObject({
      code: 'LEASE_EXISTS',
      outcome: 'not-applied',
    });
  });

  it('ends with its block', async () => {
    await using client = connect(await etcd.server());
    let id = 0n;
    {
      await using lease = await client.lease.grant(60, { keepAlive: true });
      ({ id } = lease);
    }
    await expect(client.lease.attach(id).timeToLive()).rejects.toThrow(LeaseNotFoundError);
  });

  it('is renewed once where that is asked for', async () => {
    await using client = connect(await etcd.server());
    await using lease = await client.lease.grant(60);
    expect(await lease.keepAliveOnce()).toBe(60);
    expect(await Promise.all([lease.keepAliveOnce(), lease.keepAliveOnce()])).toEqual([60, 60]);
  });

  it('shares one stream with all others of its client', async () => {
    const server = await etcd.server();
    await using client = connect(server);
    const streams = await calls(server, 'LeaseKeepAlive');
    const leases = await Promise.all(
      Array.from({ length: 50 }, () => client.lease.grant(60, { keepAlive: true })),
    );
    await Promise.all(leases.map((lease) => lease.keepAliveOnce()));
    expect(await calls(server, 'LeaseKeepAlive')).toBe(streams + 1);
    await Promise.all(leases.map((lease) => lease.revoke()));
  });

  it('that somebody else revokes is lost with its next renewal, and emits lost once', async () => {
    const server = await etcd.server();
    await using client = connect(server);
    const lease = await client.lease.grant(6, { keepAlive: true });
    const told: string[] = [];
    lease.signal.addEventListener('abort', () => told.push('signal'));
    const lost = new Promise<LeaseLostError>((resolve) => {
      lease.on('lost', (error) => {
        told.push('event');
        resolve(error);
      });
    });
    await server.ctl('lease', 'revoke', hex(lease.id));
    const error = await within(lost);
    expect(error).toBeInstanceOf(LeaseLostError);
    // A renewal told it: at the deadline, three renewals later, the reason would be that it expired.
    expect(error).toMatchObject({ reason: 'revoked', leaseId: lease.id });
    expect(error.message).toContain(hex(lease.id));
    expect(told).toEqual(['signal', 'event']);
    expect(lease.signal.reason).toBe(error);
    await expect(lease.keepAliveOnce()).rejects.toBe(error);
    await expect(client.put('k', 'v', { lease })).rejects.toThrow(LeaseNotFoundError);
    await lease.revoke();
  });

  it('names the attached keys as they are called in the namespace of the client', async () => {
    const server = await etcd.server();
    await using whole = connect(server);
    await using client = connect(server, { namespace: 'app/' });
    await using lease = await client.lease.grant(60);
    await client.put('inside', '1', { lease });
    await whole.put('app/', '1', { lease });
    await whole.put('outside', '1', { lease });
    expect([...((await lease.timeToLive({ keys: true })).keys ?? [])].sort()).toEqual([
      '',
      'inside',
    ]);
    const all = await whole.lease.attach(lease.id).timeToLive({ keys: true });
    expect([...(all.keys ?? [])].sort()).toEqual(['app/', 'app/inside', 'outside']);
  });

  it('that does not exist is a typed error everywhere', async () => {
    await using client = connect(await etcd.server());
    const unknown = client.lease.attach(99n);
    await expect(unknown.timeToLive()).rejects.toMatchObject({
      code: 'LEASE_NOT_FOUND',
      leaseId: 99n,
    });
    await expect(client.put('k', 'v', { lease: 99n })).rejects.toThrow(LeaseNotFoundError);
    await expect(
      client
        .txn()
        .then(client.op.put('k', 'v', { lease: 99n }))
        .commit(),
    ).rejects.toThrow(LeaseNotFoundError);
    await expect(unknown.keepAliveOnce()).rejects.toThrow(LeaseNotFoundError);
    expect(unknown.signal.reason).toMatchObject({ reason: 'unknown' });
    await client.lease.attach(99n).revoke();
  });

  it('cannot be granted with a wrong time to live', async () => {
    await using client = connect(await etcd.server());
    for (const ttl of [0, -1, 1.5, Number.NaN]) {
      await expect(client.lease.grant(ttl)).rejects.toBeInstanceOf(TypeError);
    }
    await expect(client.lease.grant(9_000_000_001)).rejects.toMatchObject({
      code: 'LEASE_TTL_TOO_LARGE',
      outcome: 'not-applied',
      retryable: false,
    });
    await using longest = await client.lease.grant(9_000_000_000);
    expect([longest.ttlSeconds, longest.alive]).toEqual([9_000_000_000, true]);
  });

  it('does not keep the process alive once its client is closed', async () => {
    const server = await etcd.server();
    const library = new URL('../../src/index.ts', import.meta.url).href;
    const program = `
      import { EtcdClient } from ${JSON.stringify(library)};
      const etcd = new EtcdClient({ endpoints: ${JSON.stringify(server.endpoint)} });
      await etcd.lease.grant(600, { id: 71 });
      await etcd.lease.grant(600, { id: 72, keepAlive: true });
      const detached = await etcd.lease.grant(600, { id: 73, keepAlive: true });
      detached.detach();
      await etcd.close();
      console.log('closed');
    `;
    const loader = pathToFileURL('node_modules/tsx/dist/loader.mjs').href;
    const child = spawn(
      process.execPath,
      ['--import', loader, '--input-type=module', '--eval', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [code] = await within(once(child, 'exit'), 30_000, 'the program to end');
    expect(code).toBe(0);
  }, 40_000);
});

describeEtcdConcurrently('a lease over time', (etcd) => {
  it('is renewed by its own client, and ends when left alone', async () => {
    await using server = await etcd.start();
    await using client = connect(server);
    const kept = await client.lease.grant(3);
    const left = await client.lease.grant(3);
    await client.put('kept', 'yes', { lease: kept });
    await client.put('left', 'yes', { lease: left });
    const streams = await calls(server, 'LeaseKeepAlive');
    let renewals = 0;
    kept.on('renewed', () => renewals++).keepAlive();
    expect(await within(abortOf(left.signal))).toMatchObject({
      code: 'LEASE_LOST',
      reason: 'expired',
    });
    expect(left.alive).toBe(false);
    await until(async () => (await client.get('left')) === undefined, { what: 'the key to go' });
    await until(() => renewals >= 5, { what: 'more than a time to live' });
    expect((await client.get('kept'))?.value).toBe('yes');
    expect([kept.alive, kept.ttlSeconds]).toEqual([true, 3]);
    expect(await calls(server, 'LeaseKeepAlive')).toBe(streams + 1);
    await kept.revoke();
  });

  it('can be renewed by another client, which knows its id', async () => {
    await using server = await etcd.start();
    await using first = connect(server);
    await using second = connect(server);
    const granted = await first.lease.grant(4, { keepAlive: true });
    await first.put('adopted', 'yes', { lease: granted });
    granted.detach();
    const adopted = second.lease.attach(granted.id);
    expect([adopted.id, adopted.ttlSeconds, adopted.alive]).toEqual([granted.id, undefined, true]);
    expect(await adopted.keepAliveOnce()).toBe(4);
    expect(adopted.keepAlive().ttlSeconds).toBe(4);
    await within(abortOf(granted.signal));
    await granted[Symbol.asyncDispose]();
    expect((await first.get('adopted'))?.value).toBe('yes');
    await adopted.revoke();
    expect(await first.get('adopted')).toBeUndefined();
  });

  it('outlives its closed client until its TTL ends', async () => {
    await using server = await etcd.start();
    await using other = connect(server);
    const client = connect(server);
    const lease = await client.lease.grant(4, { keepAlive: true });
    const heard: string[] = [];
    lease.on('lost', ({ reason }) => heard.push(reason));
    await client.close();
    expect([lease.alive, lease.signal.aborted]).toEqual([true, false]);
    expect(await other.lease.list()).toContain(lease.id);
    await expect(lease.timeToLive()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await within(abortOf(lease.signal));
    expect(heard).toEqual(['expired']);
    await lease[Symbol.asyncDispose]();
  });
});

describeEtcdConcurrently('a lease of a client that logs in', (etcd) => {
  it('is still renewed after the token has expired', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags({ ttlSeconds: 1 }) });
    const admin = await enableAuth(server);
    await admin.addUser('alice', { password: 'secret' });
    await using client = connect(server, { auth: { username: 'alice', password: 'secret' } });
    const lease = await client.lease.grant(9, { keepAlive: true });
    await client.put('kept', 'yes', { lease });
    const renewed: number[] = [];
    lease.on('renewed', (ttl) => renewed.push(ttl));
    const logins = await calls(server, 'Authenticate');
    // A renewal each 3 s: the token of the first is long expired when the second is sent.
    await until(() => renewed.length >= 2, { timeoutMs: 15_000, what: 'two renewals' });
    expect(lease.alive).toBe(true);
    expect((await client.get('kept'))?.value).toBe('yes');
    // 3.4 checks no login on leases; the read above needs one there.
    expect(await calls(server, 'Authenticate')).toBeGreaterThan(logins);
    await lease.revoke();
  });
});

describeEtcd('a lease that a server reports as gone', (etcd) => {
  it.each<[string, (client: EtcdClient, lease: Lease) => Promise<unknown>]>([
    ['put', (client, lease) => client.put('gone/k', 'v', { lease })],
    ['touch', (client, lease) => client.touch('gone/there', { lease: lease.id })],
    ['create', (client, lease) => client.create('gone/new', 'v', { lease })],
    ['update', (client, lease) => client.update('gone/k', () => 'v', { lease })],
    [
      'transaction',
      (client, lease) =>
        client
          .txn()
          .then(client.op.put('gone/k', 'v', { lease }))
          .commit(),
    ],
    ['timeToLive', (_, lease) => lease.timeToLive()],
    ['keepAliveOnce', (client, lease) => client.lease.attach(lease.id).keepAliveOnce()],
    ['raw put', (client, { id: lease }) => client.rpc.kv.put({ key: Uint8Array.of(1), lease })],
  ])('is lost before %s rejects', async (_, call) => {
    const server = await etcd.server();
    await using client = connect(server);
    await using other = connect(server);
    await client.put('gone/there', 'v');
    const lease = await client.lease.grant(600, { keepAlive: true });
    const stays = await client.lease.grant(600, { keepAlive: true });
    await other.lease.attach(lease.id).revoke();
    expect(lease.alive).toBe(true);
    const seen = await call(client, lease).then(
      () => ['resolved'],
      (error: unknown) => [error instanceof LeaseNotFoundError, lease.alive, lease.signal.aborted],
    );
    expect(seen).toEqual([true, false, true]);
    expect(lease.signal.reason).toMatchObject({ reason: 'revoked' });
    expect(stays.alive).toBe(true);
    await lease.revoke();
  });

  it('is lost when another handle of this client revokes it', async () => {
    const server = await etcd.server();
    await using client = connect(server);
    const lease = await client.lease.grant(600);
    await client.lease.attach(lease.id).revoke();
    expect(lease.signal.reason).toMatchObject({ reason: 'revoked' });
  });
});

describeEveryEtcd(
  'a lease whose keys this user may not write',
  (etcd) => {
    it('is refused alone: other leases go on, and waiting calls reject', async ({ skip }) => {
      const server = await etcd.server();
      const admin = await enableAuth(server);
      await admin.addUser('alice', {
        password: 'a',
        permissions: [['readwrite', '--prefix', 'app/']],
      });
      const root = { username: 'root', password: admin.rootPassword };
      await using admins = connect(server, { auth: root });
      await using client = connect(server, { auth: { username: 'alice', password: 'a' } });
      const hers = await admins.lease.grant(600);
      await admins.put('secret', 'x', { lease: hers });
      const attached = client.lease.attach(hers.id);
      const failure = await attached.keepAliveOnce().then(
        () => undefined,
        (error) => error,
      );
      skip(failure === undefined, `etcd ${etcd.version} renews the lease of any key`);
      expect(failure).toBeInstanceOf(PermissionDeniedError);
      expect(failure).toMatchObject({ outcome: 'not-applied' });

      // One of her own becomes forbidden while it is renewed, first and with the shortest time.
      const forbidden = await client.lease.grant(3, { keepAlive: true });
      await client.put('app/shared', 'x', { lease: forbidden });
      await admins.put('secret', 'x', { lease: forbidden });
      const refused = new Promise((resolve) => forbidden.on('refused', resolve));
      const mine = await client.lease.grant(3, { keepAlive: true });
      await within(refused, 20_000, 'the refusal');
      await renewals(mine, 3);
      expect(await abortOf(forbidden.signal)).toMatchObject({
        code: 'LEASE_LOST',
        cause: { code: 'PERMISSION_DENIED' },
      });
      expect(mine.alive).toBe(true);

      await using nobody = connect(server);
      const anonymous = nobody.lease.attach(hers.id).keepAliveOnce();
      await expect(anonymous).rejects.toMatchObject({ code: 'USER_NAME_EMPTY' });
    });
  },
  { flags: simpleTokenFlags() },
);
