import { describe, expect, it, vi } from 'vitest';
import { codecs } from '../../src/codec/index.js';
import { EtcdError } from '../../src/errors/index.js';
import { KeyedQueue } from '../../src/internal/keyed-queue.js';
import { Keyspace } from '../../src/keys/index.js';
import { DELETE, KEEP, View } from '../../src/view/index.js';
import { WatchHub } from '../../src/watch/index.js';
import { failureOf } from '../support/client.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordingTransport } from '../support/recording-transport.js';
import { deferred } from '../support/wait.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const header = (revision: bigint) => ({ clusterId: 1n, memberId: 2n, revision, raftTerm: 3n });
const MISSING = { header: header(5n), kvs: [], count: 0n, more: false };
const CONFLICT = { header: header(6n), succeeded: false, responses: [] };
const WRITTEN = {
  header: header(7n),
  succeeded: true,
  responses: [{ responsePut: { header: { revision: 7n } } }],
};
const DELETED = {
  header: header(7n),
  succeeded: true,
  responses: [{ responseDeleteRange: { header: { revision: 7n }, deleted: 1n, prevKvs: [] } }],
};

/** What a read of the key finds. */
function found(value: string, lease = 0n) {
  const kv = {
    key: utf8('k'),
    value: utf8(value),
    modRevision: 4n,
    createRevision: 4n,
    version: 1n,
  };
  return { ...MISSING, kvs: [{ ...kv, lease }], count: 1n };
}

/** A view whose reads and transactions are answered by the test; `log` has the calls in their order. */
function setUp({ read = () => MISSING, txn = () => WRITTEN }: Script = {}) {
  const log: string[] = [];
  const clock = new ManualClock();
  const transport = new RecordingTransport((method) => {
    log.push(method === 'KV.Range' ? 'read' : 'write');
    return method === 'KV.Range' ? read() : txn();
  });
  const context = { transport, clock, timeoutMs: 5_000 };
  const updates = new KeyedQueue();
  const view = new View(
    { ...context, watches: new WatchHub(context), updates },
    { keyspace: Keyspace.root, codec: codecs.utf8 },
  );
  return { transport, clock, view, log, updates };
}

interface Script {
  readonly read?: () => unknown;
  readonly txn?: () => unknown;
}

/** Lets what can settle settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an update with a wrong argument', () => {
  it('reads nothing, and calls nobody', async () => {
    const { transport, view } = setUp();
    const updater = () => {
      throw new Error('called');
    };
    const wrong: readonly [argument: string, options: object | null][] = [
      ['options', null],
      ['options.ttl', { ttl: 5 }],
      ['timeoutMs', { timeoutMs: -1 }],
      ['timeoutMs', { timeoutMs: '5' }],
      ['signal', { signal: {} }],
      ['lease', { lease: 'x' }],
    ];
    for (const [argument, options] of wrong) {
      expect(await failureOf(view.update('k', updater, options as never))).toMatchObject({
        argument,
      });
    }
    expect(await failureOf(view.update('', updater))).toMatchObject({ argument: 'key' });
    expect(transport.calls).toEqual([]);
  });
});

describe('the rounds of an update', () => {
  it('pause before they read, and never between reading and writing', async () => {
    let conflicts = 2;
    const { clock, view, log } = setUp({
      txn: () => {
        log.push(`at ${clock.now()}`);
        return conflicts-- > 0 ? CONFLICT : WRITTEN;
      },
      read: () => {
        log.push(`at ${clock.now()}`);
        return MISSING;
      },
    });
    const begun = clock.now();
    const result = view.update('k', () => 'v');
    for (let pause = 0; pause < 2; pause++) {
      await settle();
      const times = log.filter((entry) => entry.startsWith('at'));
      expect(new Set(times.slice(-2)).size).toBe(1);
      const calls = log.length;
      await clock.advance(0);
      expect(log).toHaveLength(calls);
      await clock.advance(clock.nextTimerMs ?? 0);
    }
    await result;
    expect(clock.now()).toBeGreaterThan(begun);
    expect(log.filter((entry) => !entry.startsWith('at'))).toEqual(
      Array.from({ length: 3 }, () => ['read', 'write']).flat(),
    );
    expect(clock.timers).toBe(0);
  });

  it('share one deadline, and end at it', async () => {
    const { transport, clock, view } = setUp({ txn: () => CONFLICT });
    const failure = failureOf(view.update('k', () => 'v', { timeoutMs: 100 }));
    const begun = clock.now();
    await clock.advance(100);
    expect(await failure).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-applied',
      retryable: true,
    });
    expect((await failure).message).toMatch(
      /update of "k" timed out after 100 ms: others changed the key in each of \d+ rounds/,
    );
    expect(clock.now() - begun).toBe(100);
    const given = transport.calls.map(({ options }) => options?.timeoutMs ?? 0);
    expect(given[0]).toBe(100);
    // What is left shrinks from round to round.
    expect(given.at(-1)).toBeLessThan(100);
    expect(given).toEqual([...given].sort((a, b) => b - a));
    expect(clock.timers).toBe(0);
  });

  it('go on for ever without a deadline, until the signal', async () => {
    const { transport, clock, view } = setUp({ txn: () => CONFLICT });
    const controller = new AbortController();
    const options = { timeoutMs: 0, signal: controller.signal };
    const failure = failureOf(view.update('k', () => 'v', options));
    while (transport.calls.length < 50) {
      await settle();
      await clock.advance(clock.nextTimerMs ?? 0);
    }
    controller.abort(new Error('enough'));
    expect(await failure).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(clock.timers).toBe(0);
  });
});

describe('an update whose function takes long', () => {
  it('is over at its deadline, and writes nothing afterwards', async () => {
    const { clock, view, log } = setUp();
    const value = deferred<string>();
    const failure = failureOf(view.update('k', () => value.promise, { timeoutMs: 100 }));
    await clock.advance(100);
    expect(await failure).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect((await failure).message).toContain('the function has not returned a value');
    value.resolve('late');
    await settle();
    expect(log).toEqual(['read']);
  });

  it('writes nothing when it computed past the deadline, and no timer could run', async () => {
    const { clock, view, log } = setUp();
    const computing = () => {
      clock.block(100);
      return 'late';
    };
    const failure = failureOf(view.update('k', computing, { timeoutMs: 100 }));
    expect(await failure).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect(log).toEqual(['read']);
  });

  it('is over when its signal aborts', async () => {
    const { clock, view, log } = setUp();
    const controller = new AbortController();
    const { signal } = controller;
    const failure = failureOf(view.update('k', () => new Promise<string>(() => {}), { signal }));
    await settle();
    controller.abort(new Error('enough'));
    expect(await failure).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect([log, clock.timers]).toEqual([['read'], 0]);
  });
});

describe('updates of one key by one client', () => {
  it('take turns, in every view, and those of other keys go on', async () => {
    const { view, log, updates } = setUp();
    const value = deferred<string>();
    const first = view.update('a/k', () => value.promise);
    const second = view.namespace('a/').update('k', () => 'second');
    await view.update('other', () => 'other');
    expect(log).toEqual(['read', 'read', 'write']);
    value.resolve('first');
    await Promise.all([first, second]);
    expect(log.slice(3)).toEqual(['write', 'read', 'write']);
    expect(updates.size).toBe(0);
  });

  it('wait no longer than their deadline and their signal allow, and were not sent', async () => {
    const { clock, view, log } = setUp();
    const value = deferred<string>();
    const first = view.update('k', () => value.promise);
    const late = failureOf(view.update('k', () => 'late', { timeoutMs: 100 }));
    const signal = AbortSignal.abort('no');
    const aborted = failureOf(view.update('k', () => 'aborted', { signal }));
    await clock.advance(100);
    expect(await late).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect((await late).message).toContain('earlier updates of this key by this client');
    expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    value.resolve('first');
    await first;
    expect(log).toEqual(['read', 'write']);
  });
});

describe('the result of an update', () => {
  it('has the value that stands, as it will be read', async () => {
    const { view } = setUp({ read: () => found('"1"') });
    const numbers = view.as({
      encode: (value: number) => utf8(`"${value}"`),
      decode: (bytes: Uint8Array) => Number(JSON.parse(new TextDecoder().decode(bytes))),
    });
    const result = await numbers.update('k', (current) => (current ?? 0) + 1);
    expect(result).toMatchObject({ value: 2, prev: undefined });
    expect(result.header.revision).toBe(7n);
  });

  it.each([
    ['a value', 'v', found('v')],
    ['no value', undefined, MISSING],
  ])('of KEEP has %s, and nothing is written', async (_, value, read) => {
    const { view, log } = setUp({ read: () => read });
    const result = await view.update('k', () => KEEP);
    expect([result.value, result.header.revision, log]).toEqual([value, 5n, ['read']]);
  });

  it('of DELETE has none, and the delete is part of the comparison', async () => {
    const { view, transport } = setUp({ read: () => found('v'), txn: () => DELETED });
    const result = await view.update('k', async () => DELETE);
    expect([result.value, result.header.revision]).toEqual([undefined, 7n]);
    expect(transport.calls.at(-1)?.request).toMatchObject({
      compare: [{ modRevision: 4n }],
      success: [{ requestDeleteRange: { key: utf8('k') } }],
    });
  });

  it('of DELETE of a missing key is nothing to be done', async () => {
    const { view, log } = setUp();
    expect((await view.update('k', () => DELETE)).value).toBeUndefined();
    expect(log).toEqual(['read']);
  });
});

describe('an update that fails before it writes', () => {
  it('refuses a value that cannot be read back', async () => {
    const { view, log } = setUp();
    const odd = view.as({
      encode: utf8,
      decode: () => {
        throw new Error('not like this');
      },
    });
    const failure = await failureOf(odd.update('k', () => 'v'));
    expect(failure).toMatchObject({ code: 'DECODE', key: 'k', outcome: undefined });
    expect(log).toEqual(['read']);
  });

  it('says so when the present value cannot be read', async () => {
    const { view } = setUp({ read: () => found('v') });
    const updater = vi.fn(() => 1);
    const failure = await failureOf(view.as(codecs.json<number>()).update('k', updater));
    expect(failure).toMatchObject({ code: 'DECODE', outcome: undefined });
    expect(updater).not.toHaveBeenCalled();
  });

  it('says so when the read was not answered', async () => {
    const { view } = setUp({
      read: () => {
        throw new EtcdError('lost', { code: 'UNAVAILABLE', outcome: 'unknown' });
      },
    });
    const failure = await failureOf(view.update('k', () => 'v'));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
  });
});
