import { describe, expect, it } from 'vitest';
import { type StmTransaction, stm } from '../../../src/concurrency/index.js';
import { EtcdError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';

const header = (revision: bigint) => ({ clusterId: 1n, memberId: 2n, revision, raftTerm: 3n });
const MISSING = { header: header(5n), kvs: [], count: 0n, more: false };

interface Read {
  readonly revision?: bigint;
  readonly serializable?: boolean;
}

interface Commit {
  readonly compare: readonly object[];
  readonly success: readonly object[];
}

function committed({ success }: Commit) {
  const responses = success.map(() => ({ responsePut: { header: { revision: 7n } } }));
  return { header: header(7n), succeeded: true, responses };
}

interface Script {
  readonly read?: (request: Read) => unknown;
  readonly txn?: (request: Commit) => unknown;
}

/** A view of a store that the test plays. */
function setUp({ read = () => MISSING, txn = committed }: Script = {}) {
  const clock = new ManualClock();
  const transport = new RecordingTransport((method, request) =>
    method === 'KV.Range' ? read(request as Read) : txn(request as Commit),
  );
  const context = { transport, clock, timeoutMs: 5_000 };
  const view = new View(
    { ...context, watches: new WatchHub(context), updates: new KeyedQueue() },
    { keyspace: Keyspace.root, codec: codecs.utf8 },
  );
  const requests = (method: string) =>
    transport.calls.filter((call) => call.method === method).map(({ request }) => request);
  return {
    view,
    clock,
    methods: () => transport.calls.map(({ method }) => method),
    reads: () =>
      (requests('KV.Range') as Read[]).map(({ revision, serializable }) => ({
        revision,
        serializable,
      })),
    commits: () => requests('KV.Txn') as Commit[],
  };
}

const twoReads = async (tx: StmTransaction) => {
  await Promise.all([tx.get('a'), tx.get('b')]);
  tx.put('c', 'v');
};

describe('the reads of stm', () => {
  it('are of the revision of the first one, which alone is linearizable', async () => {
    const { view, reads, commits } = setUp();
    await stm(view, twoReads);
    expect(reads()).toEqual([
      { revision: undefined, serializable: undefined },
      { revision: 5n, serializable: true },
    ]);
    // Both keys that were read, and the one that is written.
    expect(commits()[0]?.compare).toHaveLength(3);
  });

  it('go to a member that has the revision, when the first that was asked lags', async () => {
    const { view, reads } = setUp({
      read: ({ serializable }) => {
        if (serializable !== true) return MISSING;
        throw new EtcdError('a future revision', {
          code: 'FUTURE_REVISION',
          outcome: 'not-applied',
        });
      },
    });
    await stm(view, twoReads);
    expect(reads().slice(1)).toEqual([
      { revision: 5n, serializable: true },
      { revision: 5n, serializable: undefined },
    ]);
  });

  it('begin again when the first one fails and the function goes on', async () => {
    let failures = 0;
    const { view, reads } = setUp({
      read: () => {
        if (failures++ > 0) return MISSING;
        throw new EtcdError('no', { code: 'PERMISSION_DENIED', outcome: 'not-applied' });
      },
    });
    await stm(view, async (tx) => {
      await Promise.allSettled([tx.get('a'), tx.get('b'), tx.get('c')]);
    });
    expect(reads().map(({ revision }) => revision)).toEqual([undefined, undefined, 5n]);
  });

  it('leave nothing open when they fail', async () => {
    const { view } = setUp({
      read: () => {
        throw new EtcdError('lost', { code: 'UNAVAILABLE', outcome: 'unknown' });
      },
    });
    const error = await failureOf(stm(view, twoReads));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied' });
  });
});

describe('stm after a conflict', () => {
  it('reads again after its pause, so that it writes what it read at the end of it', async () => {
    let value = 0;
    let commits = 0;
    const { view, clock, methods } = setUp({
      read: () => {
        // A round takes time: the pause is measured in rounds.
        clock.block(10);
        value += 1;
        const record = { key: new Uint8Array([1]), value: new TextEncoder().encode(`${value}`) };
        const revision = BigInt(value);
        const kvs = [
          { ...record, createRevision: 1n, modRevision: revision, version: 1n, lease: 0n },
        ];
        return { header: header(revision), kvs, count: 1n, more: false };
      },
      txn: (request) => {
        commits += 1;
        return commits < 4
          ? { header: header(9n), succeeded: false, responses: [] }
          : committed(request);
      },
    });
    const seen: string[] = [];
    const done = stm(
      view,
      async (tx) => {
        seen.push((await tx.get('a'))?.value ?? '');
        tx.put('a', 'v');
      },
      { timeoutMs: 0 },
    );
    const [read, write] = ['KV.Range', 'KV.Txn'];
    // The first conflict costs no pause; before the third run there is one.
    await clock.advance(0);
    expect(methods()).toEqual([read, write, read, write]);
    const pauseMs = clock.nextTimerMs ?? 0;
    expect(pauseMs).toBeGreaterThan(0);
    await clock.advance(pauseMs - 1);
    expect(methods()).toHaveLength(4);
    // What somebody writes in the pause is read.
    value = 100;
    await clock.advance(1);
    expect(methods()).toHaveLength(6);
    value = 200;
    await clock.advance(clock.nextTimerMs ?? 0);
    await done;
    expect(seen).toEqual(['1', '2', '101', '201']);
    expect(methods()).toHaveLength(8);
    expect(clock.timers).toBe(0);
  });
});

describe('the writes of stm', () => {
  it('are not made again when nobody knows if they were made', async () => {
    const { view, commits } = setUp({
      txn: () => {
        throw new EtcdError('lost', { code: 'UNAVAILABLE', outcome: 'unknown' });
      },
    });
    let runs = 0;
    const error = await failureOf(
      stm(view, async (tx) => {
        runs += 1;
        await twoReads(tx);
      }),
    );
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    expect({ runs, commits: commits().length }).toEqual({ runs: 1, commits: 1 });
  });

  it('compare a key once, even if it was read, read in a range, and is written', async () => {
    const { view, commits } = setUp();
    await stm(view, async (tx) => {
      await tx.get('r/a');
      await tx.all(view.prefix('r/'));
      await tx.all(view.prefix('r/'));
      tx.put('r/a', 'v');
      tx.put('r/b', 'v');
    });
    expect(commits()[0]?.compare).toHaveLength(2);
  });
});
