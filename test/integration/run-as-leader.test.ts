import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { Election, runAsLeader, Session } from '../../src/concurrency/index.js';
import { type EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { clientIn, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { abortOf, queueOf, untilQueued } from '../support/locks.js';
import { deferred } from '../support/wait.js';

const NAME = 'cron';

describeEtcd('runAsLeader', (etcd) => {
  const open = async (): Promise<EtcdClient> => clientIn(await etcd.server());

  it('leads, runs the function, and resigns when it has ended', async () => {
    await using client = await open();
    const answer = await runAsLeader(client, NAME, async (leadership, signal) => {
      expect(signal.aborted).toBe(false);
      expect((await client.get(leadership.key))?.value).toBe(hostname());
      return leadership.fencingToken;
    });
    expect(answer).toBeGreaterThan(0n);
    expect(await queueOf(client, NAME)).toEqual([]);
    const wrong = new Error('wrong');
    const failing = runAsLeader(client, NAME, () => {
      throw wrong;
    });
    await expect(failing).rejects.toBe(wrong);
    expect(await queueOf(client, NAME)).toEqual([]);
  });

  it('waits while another leads, in one queue with elections', async () => {
    await using client = await open();
    await using session = await Session.create(client);
    const leadership = await new Election(session, NAME).campaign('other');
    let isRunning = false;
    const running = runAsLeader(
      client,
      NAME,
      () => {
        isRunning = true;
      },
      { proposal: 'mine' },
    );
    await untilQueued(client, 2, NAME);
    expect(isRunning).toBe(false);
    await leadership.resign();
    await running;
    expect(isRunning).toBe(true);
  });

  it.each([
    ['its key was deleted', (client: EtcdClient, key: string) => client.delete(key)],
    [
      'its lease was revoked',
      async (client: EtcdClient, key: string) =>
        client.lease.attach((await client.get(key))?.lease ?? 0n).revoke(),
    ],
  ])('campaigns and works again when the lead was lost: %s', async (_, lose) => {
    await using client = await open();
    const tokens: bigint[] = [];
    const answer = await runAsLeader(
      client,
      NAME,
      async (leadership, signal) => {
        tokens.push(leadership.fencingToken);
        if (tokens.length === 3) return 'done';
        await lose(client, leadership.key);
        await abortOf(signal);
        // Neither a result nor an error counts after a loss.
        if (tokens.length === 1) return 'ignored';
        throw new Error('ignored');
      },
      { ttlSeconds: 2 },
    );
    expect(answer).toBe('done');
    expect(new Set(tokens).size).toBe(3);
    expect(await queueOf(client, NAME)).toEqual([]);
  });

  it('resigns and rejects when it is aborted, in the middle of work and in the queue', async () => {
    await using client = await open();
    const stop = new AbortController();
    const { signal } = stop;
    const started = deferred();
    let hasEnded = false;
    const leading = failureOf(
      runAsLeader(
        client,
        NAME,
        async (_, aborts) => {
          started.resolve();
          await abortOf(aborts);
          hasEnded = true;
        },
        { signal },
      ),
    );
    await started.promise;
    const waiting = failureOf(runAsLeader(client, NAME, () => {}, { signal }));
    await untilQueued(client, 2, NAME);
    stop.abort('shutdown');
    const aborted = { code: 'ABORTED', cause: 'shutdown' };
    expect(await waiting).toMatchObject(aborted);
    expect(await leading).toMatchObject(aborted);
    expect(hasEnded).toBe(true);
    await untilQueued(client, 0, NAME);
    const late = failureOf(runAsLeader(client, NAME, () => {}, { signal }));
    expect(await late).toMatchObject({ ...aborted, outcome: 'not-sent' });
  });

  it('resigns after its grace time, whatever the function does', async () => {
    await using client = await open();
    const stop = new AbortController();
    const started = deferred();
    const leading = failureOf(
      runAsLeader(
        client,
        NAME,
        () => {
          started.resolve();
          return new Promise(() => {});
        },
        { signal: stop.signal, graceMs: 0 },
      ),
    );
    await started.promise;
    stop.abort();
    expect(await leading).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await queueOf(client, NAME)).toEqual([]);
  });

  it('ends with its client', async () => {
    const client = await open();
    const started = deferred();
    const leading = failureOf(
      runAsLeader(client, NAME, async (_, signal) => {
        started.resolve();
        await abortOf(signal);
      }),
    );
    await started.promise;
    await client.close();
    expect(await leading).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('refuses wrong arguments', async () => {
    await using client = await open();
    const work = () => {};
    const wrong = [
      runAsLeader({} as EtcdClient, NAME, work),
      runAsLeader(client, '', work),
      runAsLeader(client, NAME, undefined as never),
      runAsLeader(client, NAME, work, { ttlSeconds: 0 }),
      runAsLeader(client, NAME, work, { proposal: 5 as never }),
      runAsLeader(client, NAME, work, { signal: 'no' as never }),
      runAsLeader(client, NAME, work, { timeoutMs: 5 } as never),
      runAsLeader(client, NAME, work, { graceMs: -1 }),
    ];
    for (const call of wrong) expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
    expect(await client.all().count()).toBe(0);
  });
});
