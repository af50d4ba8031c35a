import { expect, it } from 'vitest';
import { Election, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';

const ELECTION = 'leader';

describeEtcd('a campaign whose connection is cut', (etcd) => {
  it('finds its key, and replaces an older proposal in it', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = await EtcdClient.connect({ endpoints: proxy.endpoint });
    await using direct = await EtcdClient.connect({ endpoints: server.endpoint });
    await using session = await Session.create(client, { ttlSeconds: 60 });
    const key = `${ELECTION}/${session.lease.id.toString(16)}`;
    const cut = proxy.cutAfterRequests(0);
    const campaigning = new Election(session, ELECTION).campaign('new');
    await cut;
    proxy.refuse();
    // An earlier campaign of this session, carried out at last.
    const { header } = await direct.put(key, 'old', { lease: session.lease.id });
    await proxy.accept();
    const leadership = await campaigning;
    expect(leadership.key).toBe(key);
    expect(leadership.fencingToken).toBe(header.revision);
    const record = await direct.get(key);
    expect(record?.value).toBe('new');
    expect(record?.lease).toBe(session.lease.id);
    expect(record?.createRevision).toBe(header.revision);
    await leadership.resign();
    expect(await direct.get(key)).toBeUndefined();
  });
});
