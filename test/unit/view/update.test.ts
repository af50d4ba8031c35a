import { describe, expect, it, vi } from 'vitest';
import { EtcdError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { DELETE, KEEP, View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';
import { deferred } from '../../support/wait.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const header = (revision: bigint) => ({ clusterId: 1n, memberId: 2n, revision, raftTerm: 3n });
const MISSING = { header: header(5n), kvs: [], count: 0n, more: false };
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

/** A comparison that fails; it has read the key if the transaction asked for that. */
function conflict(request: unknown) {
  const { failure } = request as { readonly failure: readonly unknown[] };
  const responses = failure.map(() => ({ responseRange: MISSING }));
  return { header: header(6n), succeeded: false, responses };
}

/** A view whose reads and transactions are answered by the test; `log` has the calls in their order. */
function setUp({ read = () => MISSING, txn = () => WRITTEN, roundTripMs = 0 }: Script = {}) {
  const log: string[] = [];
  const clock = new ManualClock();
  const transport = new RecordingTransport((method, request) => {
    log.push(method === 'KV.Range' ? 'read' : 'write');
    clock.block(roundTripMs);
    return method === 'KV.Range' ? read() : txn(request);
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
  readonly txn?: (request: unknown) => unknown;
  /** How long each answer takes. */
  readonly roundTripMs?: number;
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
  it('after one conflict go on at once, with the value that the comparison has read', async () => {
    let conflicts = 1;
    const { clock, view, log } = setUp({
      read: () => found('first'),
      txn: (request) => {
        if (conflicts-- === 0) return WRITTEN;
        return { ...conflict(request), responses: [{ responseRange: found('between') }] };
      },
    });
    const begun = clock.now();
    const seen: unknown[] = [];
    await view.update('k', (current, kv) => {
      seen.push(current, kv?.value);
      return 'v';
    });
    expect(seen).toEqual(['first', 'first', 'between', 'between']);
    expect(log).toEqual(['read', 'write', 'write']);
    expect(clock.now()).toBe(begun);
  });

  it('pause before they read, and never between reading and writing', async () => {
    const ROUND_MS = 10;
    const events: string[] = [];
    let conflicts = 3;
    const { clock, view } = setUp({
      roundTripMs: ROUND_MS,
      txn: (request) => {
        events.push(`write at ${clock.now()}`);
        return conflicts-- > 0 ? conflict(request) : WRITTEN;
      },
      read: () => {
        events.push(`read at ${clock.now()}`);
        return MISSING;
      },
    });
    const begun = clock.now();
    const result = view.update('k', () => 'v');
    for (let pause = 0; pause < 2; pause++) {
      await settle();
      await clock.advance(clock.nextTimerMs ?? 0);
    }
    await result;
    // Half of sixteen rounds, since the dice show one half.
    const pauseMs = 8 * ROUND_MS;
    const at = (rounds: number, pauses: number) => begun + rounds * ROUND_MS + pauses * pauseMs;
    expect(events).toEqual([
      `read at ${at(1, 0)}`,
      `write at ${at(2, 0)}`,
      `write at ${at(3, 0)}`,
      `read at ${at(4, 1)}`,
      `write at ${at(5, 1)}`,
      `read at ${at(6, 2)}`,
      `write at ${at(7, 2)}`,
    ]);
    expect(clock.timers).toBe(0);
  });

  it('do not wait for others in the last quarter of their time', async () => {
    let conflicts = 20;
    const { clock, view, log } = setUp({
      roundTripMs: 10,
      txn: (request) => (conflicts-- > 0 ? conflict(request) : WRITTEN),
    });
    const begun = clock.now();
    const result = view.update('k', () => 'v', { timeoutMs: 1_000 });
    await settle();
    while (clock.now() - begun < 750) await clock.advance(1);
    log.splice(0);
    await clock.advance(0);
    await result;
    // One more read after the last pause; then each round is one request, and none waits.
    expect(log.slice(1)).toEqual(log.slice(1).map(() => 'write'));
    expect(clock.now() - begun).toBeLessThan(1_000);
  });

  it('share one deadline, and end at it', async () => {
    const { transport, clock, view } = setUp({ txn: conflict, roundTripMs: 1 });
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
    const controller = new AbortController();
    const { transport, clock, view } = setUp({
      roundTripMs: 100,
      txn: (request) => {
        if (transport.calls.length >= 100) controller.abort(new Error('enough'));
        return conflict(request);
      },
    });
    const options = { timeoutMs: 0, signal: controller.signal };
    const failure = failureOf(view.update('k', () => 'v', options));
    while (!controller.signal.aborted) {
      await settle();
      await clock.advance(clock.nextTimerMs ?? 0);
    }
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

  it('tells that the function returned nothing that can be stored, and what it may return', async () => {
    const { view, log } = setUp();
    const failure = await failureOf(view.update('k', (() => undefined) as never));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'value' });
    expect(String(failure)).toMatch(/for the key "k".*the updater returned it: KEEP .*DELETE /);
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
