import { expect, it } from 'vitest';
import { CompactedError, type EtcdClient } from '../../src/index.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { startProgram } from '../support/programs/run.js';

const MIB = 1024 * 1024;
const MANY = 100_000;
const VALUE = 'v'.repeat(200);
/** Operations that a server takes in one transaction. */
const BATCH = 128;
const BATCHES_AT_ONCE = 8;
/** Changes that other clients make between two pages at least. */
const STEPS_AT_FIRST = 20;

const nameOf = (prefix: string, index: number): string =>
  `${prefix}${String(index).padStart(7, '0')}`;

/** Puts `count` keys in transactions, a few of them at once. */
async function fill(client: EtcdClient, prefix: string, count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next += BATCH;
      const size = Math.min(BATCH, count - from);
      const puts = Array.from({ length: size }, (_, i) =>
        client.op.put(nameOf(prefix, from + i), VALUE),
      );
      await client
        .txn()
        .then(...puts)
        .commit({ timeoutMs: 20_000 });
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
}

describeEtcd('iterating 100,000 keys of 200 bytes', (etcd) => {
  it('keeps memory flat, and sees one revision while another client writes', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await fill(client, 'many/', MANY);

    await using proxy = await startProxy({ target: server.endpoint });
    await using program = await startProgram('iterate-many', [proxy.endpoint], ['--expose-gc']);
    await program.printed('ready');
    // Its pages wait until some steps were made, however fast it is.
    proxy.freeze('toClient');
    // Every step moves a key from the front to behind the end: at each revision there are exactly
    // 100,000 in a row, and whoever mixes revisions counts more of them.
    const { op } = client;
    let ended = false;
    void program.ended.then(() => {
      ended = true;
    });
    let moved = 0;
    for (; !ended && moved < MANY; moved++) {
      await client
        .txn()
        .then(op.delete(nameOf('many/', moved)), op.put(nameOf('many/', moved + MANY), VALUE))
        .commit();
      if (moved === STEPS_AT_FIRST) proxy.thaw();
    }
    const { exitCode, stdout, stderr } = await program.ended;
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout.at(-1) ?? '');

    expect(moved).toBeGreaterThan(STEPS_AT_FIRST);
    expect(report.keys).toBe(MANY);
    const [first, last] = [report.first, report.last].map((key) =>
      Number(key.slice('many/'.length)),
    );
    expect((last ?? 0) - (first ?? 0)).toBe(MANY - 1);

    const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
    console.info(
      `etcd ${etcd.version}: ${report.keys} keys, ${mib(report.bytes)} iterated: at most ` +
        `${mib(report.grownBytes)} more in use, resident set ${mib(report.residentGrownBytes)} larger`,
    );
    // All records at once are above 40 MiB. Two pages of 2 MiB, copied in pieces, and their objects are 11.
    expect(report.grownBytes).toBeLessThan(16 * MIB);
  }, 90_000);
});

describeEtcd('iterating', (etcd) => {
  it('goes through every page in order, with limits and filters', async () => {
    await using client = clientIn(await etcd.server());
    // More than the first page has.
    await fill(client, 'k/', 1_300);
    const { header } = await client.put(nameOf('k/', 700), 'changed');
    await client.put('l', 'outside');
    const numbersOf = async (selection: AsyncIterable<{ key: string }>): Promise<number[]> => {
      const numbers: number[] = [];
      for await (const { key } of selection) numbers.push(Number(key.slice(2)));
      return numbers;
    };
    const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
    const keys = client.prefix('k/');

    expect(await numbersOf(keys)).toEqual(upTo(1_300));
    expect(await numbersOf(keys.limit(600))).toEqual(upTo(600));
    expect(await numbersOf(keys.limit(3))).toEqual([0, 1, 2]);
    expect(await numbersOf(keys.sortBy('key'))).toEqual(upTo(1_300));
    expect(await numbersOf(keys.sortBy('key', 'desc'))).toEqual(upTo(1_300).reverse());
    expect(await numbersOf(keys.modifiedSince(header.revision))).toEqual([700]);
    expect(await numbersOf(keys.modifiedUntil(header.revision - 1n))).toEqual(
      upTo(1_300).filter((number) => number !== 700),
    );
    expect(await numbersOf(client.prefix('nothing'))).toEqual([]);
  });

  it('stays at the revision asked for', async () => {
    await using client = clientIn(await etcd.server());
    await fill(client, 'k/', 600);
    const { header } = await client.range('k').all();
    await client.prefix('k/').delete();
    let seen = 0;
    for await (const { modRevision } of client.prefix('k/').atRevision(header.revision)) {
      expect(modRevision).toBeLessThanOrEqual(header.revision);
      seen++;
    }
    expect(seen).toBe(600);
  });

  it('ends with CompactedError when its revision is compacted on the way', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    // Four pages at least: one is in use, and one on its way.
    await fill(client, 'k/', 12_000);
    const records = client.prefix('k/')[Symbol.asyncIterator]();
    await records.next();
    const { header } = await client.put('k/0', 'later');
    await client.compact(header.revision, { physical: true });
    const drain = async (): Promise<void> => {
      while ((await records.next()).done !== true);
    };
    expect(await failureOf(drain())).toBeInstanceOf(CompactedError);
  });

  it('can be ended at any record, by break and by signal', async () => {
    await using client = clientIn(await etcd.server());
    await fill(client, 'k/', 1_300);
    for await (const { key } of client.prefix('k/')) {
      expect(key).toBe(nameOf('k/', 0));
      break;
    }
    const controller = new AbortController();
    let seen = 0;
    const iterate = async (): Promise<void> => {
      for await (const _ of client.prefix('k/').iterate({ signal: controller.signal })) {
        if (++seen === 10) controller.abort(new Error('enough'));
      }
    };
    const error = await failureOf(iterate());
    expect(error).toMatchObject({ code: 'ABORTED', name: 'AbortError' });
    expect(error.cause).toEqual(new Error('enough'));
    expect(seen).toBe(10);
  });

  it('ends when the client closes', async () => {
    const client = clientIn(await etcd.server());
    await fill(client, 'k/', 1_300);
    const iterate = async (): Promise<void> => {
      for await (const _ of client.prefix('k/')) await client.close();
    };
    expect(await failureOf(iterate())).toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});
