import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';

describeEtcd('a stream that is cancelled while it opens', (etcd) => {
  it('is cancelled on the server, too: no watch is left there', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const streams = () => server.metric('etcd_debugging_mvcc_watch_stream_total');
    await client.put('a', '1');
    for (let times = 0; times < 20; times += 1) {
      for await (const change of client.prefix('a').follow()) {
        expect(change.type).toBe('snapshot');
        // The watch behind it is opened by now, or about to be.
        break;
      }
      const watcher = client.prefix('a').watch({ isolated: true });
      for (let turns = 0; turns < times; turns += 1) await undefined;
      await watcher.cancel();
    }
    // Whatever was sent before this answer has reached the server.
    await client.get('a');
    await until(async () => (await streams()) === 0);
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 0);
  });
});
