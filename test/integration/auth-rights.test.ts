import { expect, it } from 'vitest';
import { type EtcdClient, EtcdError } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import { atLeast } from '../support/versions.js';

/** Whom a server serves: a client without credentials, a user without rights, or administrators alone. */
type Served = 'anybody' | 'users' | 'administrators';

/** Each is served once at most. */
const CALLS: Readonly<Record<string, (client: EtcdClient) => Promise<unknown>>> = {
  status: (client) => client.maintenance.status(),
  members: (client) => client.cluster.members(),
  alarms: (client) => client.maintenance.alarms(),
  authStatus: (client) => client.auth.status(),
  grant: (client) => client.lease.grant(60),
  leases: (client) => client.lease.list(),
  compact: (client) => client.compact(2n),
  disarm: (client) => client.maintenance.disarm(1n, 'NOSPACE'),
};

/** The codes of a server that does not serve this caller, or does not know the call. */
const REFUSALS = ['PERMISSION_DENIED', 'USER_NAME_EMPTY', 'UNIMPLEMENTED'];

describeEveryEtcd('a cluster with authentication', (etcd) => {
  it('permits what its version permits, and says why it refuses the rest', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await server.ctl('put', 'k', 'v');
    await server.ctl('put', 'k', 'v');
    const admin = await enableAuth(server);
    await admin.addUser('nobody', { password: 'pw', permissions: [] });
    await using stranger = clientOf(server);
    await using user = clientOf(server, { auth: { username: 'nobody', password: 'pw' } });
    await using root = clientOf(server, { auth: { username: 'root', password: 'root' } });
    const callers = { anybody: stranger, users: user, administrators: root };
    const found: Record<string, Served | undefined> = {};
    for (const [name, call] of Object.entries(CALLS)) {
      for (const [caller, client] of Object.entries(callers)) {
        const refusal = await refusalOf(call(client));
        if (refusal === undefined) {
          found[name] = caller as Served;
          break;
        }
        expect(REFUSALS).toContain(refusal.code);
        expect(refusal.outcome).toBe('not-applied');
      }
    }
    const strict = atLeast(etcd.version, '3.6.0');
    const users = strict ? 'users' : 'anybody';
    const authStatus = atLeast(etcd.version, '3.7.0') ? 'anybody' : 'administrators';
    expect(found).toEqual({
      status: users,
      members: users,
      alarms: users,
      ...(atLeast(etcd.version, '3.5.0') && { authStatus }),
      grant: users,
      // The one that was granted has no key that somebody may not read.
      leases: users,
      compact: strict ? 'administrators' : 'anybody',
      disarm: strict ? 'administrators' : 'anybody',
    });
    // With a key on it, a list of leases tells something of that key.
    await root.put('secret', 'x', { lease: await root.lease.grant(60) });
    const listing = await refusalOf(user.lease.list());
    expect(listing?.code).toBe(strict ? 'PERMISSION_DENIED' : undefined);
    expect(await refusalOf(root.lease.list())).toBeUndefined();
  });
});

async function refusalOf(call: Promise<unknown>): Promise<EtcdError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof EtcdError) return error;
    throw error;
  }
}
