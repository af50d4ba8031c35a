import { describe, expect, it } from 'vitest';
import type { EtcdClient } from '../../../../src/index.js';
import { MemoryEtcd, type MemoryEtcdVersion } from '../../../../src/testing/index.js';
import { failureOf } from '../../../support/client.js';

const PASSWORD = 'secret';

/** A cluster with authentication, and clients of the administrator, of an ordinary user and of nobody. */
async function given(version: MemoryEtcdVersion) {
  const memory = new MemoryEtcd({ version });
  const nobody = memory.client();
  for (const name of ['root', 'alice']) await nobody.auth.users.add(name, PASSWORD);
  await nobody.auth.users.grantRole('root', 'root');
  await nobody.auth.enable();
  const as = (username: string): EtcdClient =>
    memory.client({ auth: { username, password: PASSWORD } });
  return { memory, nobody, alice: as('alice'), [Symbol.asyncDispose]: () => memory.close() };
}

/** The code and the text by which a server refused a call. */
async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  const { code, details } = (await failureOf(call)).cause as unknown as Record<string, unknown>;
  return `${code} ${details}`;
}

const VERSIONS: readonly MemoryEtcdVersion[] = ['3.4', '3.5', '3.6', '3.7'];

describe.each(VERSIONS)('refusals of etcd %s in memory', (version) => {
  it('of one who is no administrator come from the services of old versions without a code', async () => {
    await using it = await given(version);
    const hash = (etcd: EtcdClient): Promise<unknown> => etcd.rpc.maintenance.hashKv({});
    const refused = [await refusalOf(hash(it.nobody)), await refusalOf(hash(it.alice))];
    expect(refused).toEqual(
      version < '3.6'
        ? ['2 auth: user name is empty', '2 auth: permission denied']
        : ['3 etcdserver: user name is empty', '7 etcdserver: permission denied'],
    );
  });

  it('of a user without a name are for a missing user, and of others for one without rights', async () => {
    await using it = await given(version);
    const get = (etcd: EtcdClient, name: string): Promise<unknown> =>
      etcd.rpc.auth.userGet({ name });
    expect(await refusalOf(get(it.nobody, ''))).toBe('9 etcdserver: user name not found');
    expect(await refusalOf(get(it.nobody, 'alice'))).toBe('3 etcdserver: user name is empty');
    expect(await refusalOf(get(it.alice, 'root'))).toBe('7 etcdserver: permission denied');
    expect(await get(it.alice, 'alice')).toMatchObject({ roles: [] });
  });

  it('of nobody who asks for the keys of a lease do not tell that there is none', async () => {
    await using it = await given(version);
    const ask = (keys: boolean): Promise<unknown> =>
      it.nobody.rpc.lease.leaseTimeToLive({ id: 7n, keys });
    const refused = '3 etcdserver: user name is empty';
    if (version < '3.5') expect(await ask(true)).toMatchObject({ ttl: -1n });
    else expect(await refusalOf(ask(true))).toBe(refused);
    if (version < '3.6') expect(await ask(false)).toMatchObject({ ttl: -1n });
    else expect(await refusalOf(ask(false))).toBe(refused);
  });

  it('of writes end when an alarm is disarmed that no member raised', async () => {
    await using memory = new MemoryEtcd({ version });
    const etcd = memory.client();
    const { rpc, maintenance } = etcd;
    const alarm = 'NOSPACE';
    await rpc.maintenance.alarm({ action: 'ACTIVATE', memberId: 0n, alarm });
    expect(await maintenance.alarms()).toEqual([{ memberId: 0n, alarm }]);
    expect(await failureOf(etcd.put('k', 'v'))).toMatchObject({ code: 'NO_SPACE' });
    expect(await maintenance.disarm()).toEqual([{ memberId: 0n, alarm }]);
    expect(await maintenance.alarms()).toEqual([]);
    await etcd.put('k', 'v');
  });
});
