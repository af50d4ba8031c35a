import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { expect, it } from 'vitest';
import { Election, Session } from '../../src/concurrency/index.js';
import { deferred } from '../../src/internal/deferred.js';
import { withBothLocks } from '../support/both-locks.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { untilQueued } from '../support/locks.js';
import { root } from '../types/diagnostics.js';

// The guide for those who come from npm etcd3 promises that both can run side by side for a while.

describeEtcd('programs of npm etcd3 beside ours', (etcd) => {
  it('exclude each other by the two locks of the guide', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    const old = new Etcd3({ hosts: server.endpoint });
    try {
      const theirs = await old.lock('nightly').ttl(60).acquire();
      const entered = deferred<void>();
      const leave = deferred<void>();
      let inside = false;
      const ours = withBothLocks(client, session, 'nightly', async () => {
        inside = true;
        entered.resolve();
        await leave.promise;
      });
      // Our lock is held, and the key of npm etcd3 is somebody else's: so the work has not begun.
      await untilQueued(client, 1, 'locks/nightly');
      expect(inside).toBe(false);
      await theirs.release();
      await entered.promise;
      await expect(old.lock('nightly').acquire()).rejects.toThrow('Failed to acquire a lock');
      leave.resolve();
      await ours;
      await (await old.lock('nightly').acquire()).release();
      expect(await client.all().count()).toBe(0);
    } finally {
      old.close();
    }
  });

  it('stand in one queue of an election', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    const old = new Etcd3({ hosts: server.endpoint });
    try {
      const election = new Election(session, 'election/cron');
      const first = await election.campaign('ours');
      const campaign = old.election('cron').campaign('theirs');
      const elected = new Promise((resolve) => campaign.on('elected', () => resolve('elected')));
      await untilQueued(client, 2, 'election/cron');
      expect(await old.election('cron').leader()).toBe('ours');
      await first.resign();
      expect(await elected).toBe('elected');
      expect((await election.leader())?.value).toBe('theirs');
      const next = election.campaign('ours again');
      await untilQueued(client, 2, 'election/cron');
      await campaign.resign();
      await (await next).resign();
    } finally {
      old.close();
    }
  });
});

it('are shown in the guide as they are tested here', async () => {
  const [guide, tested] = await Promise.all(
    ['docs/migrating-from-etcd3.md', 'test/support/both-locks.ts'].map((path) =>
      readFile(join(root, path), 'utf8'),
    ),
  );
  const shown = tested?.slice(tested.indexOf('async function withBothLocks')).trim();
  expect(guide).toContain(shown);
});
