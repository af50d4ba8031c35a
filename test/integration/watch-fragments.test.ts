import { expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** Together about 4 MB on the wire: a server cuts what is larger than 2 MiB. */
const REVISIONS = 40;
const EVENTS_EACH = 100;
const VALUE = 'v'.repeat(950);

/** Whether the server cuts the history of these keys, as it says itself. */
async function isCut(client: EtcdClient, startRevision: bigint, fragment: boolean) {
  const [key, rangeEnd] = [Buffer.from('k'), Buffer.from('l')];
  let events = 0;
  let parts = 0;
  await using stream = client.rpc.watch.watch();
  await stream.send({ createRequest: { key, rangeEnd, startRevision, fragment } });
  for await (const response of stream) {
    events += response.events.length;
    if (response.fragment) parts += 1;
    if (events === REVISIONS * EVENTS_EACH) break;
  }
  return parts > 0;
}

describeEtcd('catching up on transactions of many small changes', (etcd) => {
  it.each([true, false])(
    'delivers each of them whole and once, with fragment: %s',
    async (fragment) => {
      // Keys of the raw protocol are outside of namespaces, so this server is its own.
      await using server = await etcd.start();
      await using client = clientOf(server);
      const keys = Array.from({ length: EVENTS_EACH }, (_, index) => `k${index}`);
      const puts = keys.map((key) => client.op.put(key, VALUE));
      const { header } = await client.put('first', '');
      for (let i = 0; i < REVISIONS; i++) {
        await client
          .txn()
          .then(...puts)
          .commit();
      }
      const startRevision = header.revision + 1n;
      expect(await isCut(client, startRevision, fragment)).toBe(fragment);

      const watcher = client.prefix('k').watch({ startRevision, fragment });
      const revisions: bigint[] = [];
      for await (const { revision, events } of watcher.batches()) {
        expect(events.map(({ key }) => key)).toEqual(keys);
        revisions.push(revision);
        if (revisions.length === REVISIONS) break;
      }
      expect(revisions).toEqual(
        Array.from({ length: REVISIONS }, (_, index) => startRevision + BigInt(index)),
      );
    },
  );
});
