import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundled } from '../support/bundled.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { root } from '../types/diagnostics.js';

const TOUR = join(root, 'examples', 'tour.ts');

/** Runs the tour to its end, and gives what it printed; rejects when it fails. */
async function tour(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<string> {
  const env = { ...process.env, ETCDCTL_ENDPOINTS: '', ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env,
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return stdout;
}

// As `npm start` runs it.
describe('the tour on a throw-away server', () => {
  it('shows the history of a key at revisions 2 to 5, and the end of it', async () => {
    const printed = await tour({}, '--import', 'tsx', TOUR);
    expect(printed).toContain('a throw-away server');
    expect(printed).toMatch(/revision: 2n }\) +foo = bar, foo1 = \(none\)/);
    expect(printed).toMatch(/revision: 5n }\) +foo = bar_new, foo1 = bar1_new/);
    expect(printed).toMatch(/revision: 4n }\) +CompactedError \[COMPACTED\]/);
    expect(printed).toMatch(/\nDone after [\d.]+ s\.\n$/);
  }, 70_000);
});

describeEtcd('the tour on the cluster of ETCDCTL_ENDPOINTS', (etcd) => {
  it('touches nothing but its own keys, and leaves none', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const mine = ['foo', 'lock', 'my_key', 'zoo/a'];
    for (const key of mine) await client.put(key, 'mine');
    const { header } = await client.range('foo').all();

    const printed = await tour({ ETCDCTL_ENDPOINTS: server.endpoint }, await bundled(TOUR));
    expect(printed).toContain(server.endpoint);
    expect(printed).toMatch(/\nDone after [\d.]+ s\.\n$/);
    expect(await client.all().toMap()).toEqual(new Map(mine.map((key) => [key, 'mine'])));
    expect(await client.lease.list()).toEqual([]);
    // The history of the store is its owner's: nothing of it was compacted away.
    expect(await client.all().atRevision(header.revision).count()).toBe(mine.length);
  }, 70_000);
});
