import { expect, it } from 'vitest';
import { clientIn } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** More than a response may have before it is cut, where that is asked for. */
const REVISIONS = 200;
const EVENTS_EACH = 100;
const VALUE = 'v'.repeat(20);

describeEtcd('catching up on transactions of many small changes', (etcd) => {
  it.each([true, false])(
    'tells each of them whole and once, with fragment: %s',
    async (fragment) => {
      await using client = clientIn(await etcd.server());
      const keys = Array.from({ length: EVENTS_EACH }, (_, index) => `k${index}`);
      const { header: before } = await client.put('first', '');
      for (let i = 0; i < REVISIONS; i++) {
        const puts = keys.map((key) => client.op.put(key, VALUE));
        await client
          .txn()
          .then(...puts)
          .commit();
      }
      const watcher = client.prefix('k').watch({ startRevision: before.revision + 1n, fragment });
      const revisions: bigint[] = [];
      for await (const { revision, events } of watcher.batches()) {
        expect(events.map(({ key }) => key)).toEqual(keys);
        revisions.push(revision);
        if (revisions.length === REVISIONS) break;
      }
      const expected = Array.from({ length: REVISIONS }, (_, i) => before.revision + BigInt(i + 1));
      expect(revisions).toEqual(expected);
    },
  );
});
