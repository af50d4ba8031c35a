import { describe, expect, it } from 'vitest';
import { EtcdError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import type { RangeRequestInput } from '../../../src/rpc/generated/types.js';
import type { Op } from '../../../src/txn/index.js';
import { View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf, thrownBy } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';

const EMPTY_RANGE = { header: undefined, kvs: [], count: 0n, more: false };

function setUp(answer: (method: string, request: unknown) => unknown = () => EMPTY_RANGE) {
  const transport = new RecordingTransport(answer);
  const clock = new ManualClock();
  const context = { transport, clock, timeoutMs: 5_000 };
  const view = new View(
    { ...context, watches: new WatchHub(context), updates: new KeyedQueue() },
    { keyspace: Keyspace.root, codec: codecs.utf8 },
  );
  const lastRequest = () => {
    const fields = Object.entries(transport.calls.at(-1)?.request as object);
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  };
  return { transport, clock, view, lastRequest };
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const NO_END = Uint8Array.of(0);

describe('what selections ask for', () => {
  it('is a range with the given fields and no others', async () => {
    const { view, lastRequest } = setUp();
    await view.prefix('ab').all();
    expect(lastRequest()).toEqual({ key: utf8('ab'), rangeEnd: utf8('ac') });
    await view.all().all();
    expect(lastRequest()).toEqual({ key: NO_END, rangeEnd: NO_END });
    await view.fromKey('b').all();
    expect(lastRequest()).toEqual({ key: utf8('b'), rangeEnd: NO_END });
    await view.range('b').all();
    expect(lastRequest()).toEqual({ key: utf8('b'), rangeEnd: new Uint8Array(0) });
  });

  it('leaves ascending by key to the server, which is its fast path', async () => {
    const { view, lastRequest } = setUp();
    await view.prefix('a').sortBy('key').all();
    expect(lastRequest()).not.toHaveProperty('sortOrder');
    await view.prefix('a').sortBy('key', 'desc').all();
    expect(lastRequest()).toMatchObject({ sortOrder: 'DESCEND', sortTarget: 'KEY' });
    await view.prefix('a').sortBy('createRevision').all();
    expect(lastRequest()).toMatchObject({ sortOrder: 'ASCEND', sortTarget: 'CREATE' });
  });

  it('counts without reading, and with filters by the keys alone', async () => {
    const { view, lastRequest } = setUp();
    await view.prefix('a').limit(5).sortBy('value').count();
    expect(lastRequest()).toEqual({ key: utf8('a'), rangeEnd: utf8('b'), countOnly: true });
    await view.prefix('a').limit(5).modifiedSince(3).count();
    expect(lastRequest()).toEqual({
      key: utf8('a'),
      rangeEnd: utf8('b'),
      keysOnly: true,
      minModRevision: 3n,
    });
    await view.prefix('a').keys();
    expect(lastRequest()).toMatchObject({ keysOnly: true });
    await view.prefix('a').first();
    expect(lastRequest()).toMatchObject({ limit: 1n });
  });

  it('takes revision 0 for the present one, so that pages are still pinned', async () => {
    const { view, lastRequest } = setUp();
    await view.prefix('a').atRevision(0).all();
    expect(lastRequest()).not.toHaveProperty('revision');
    const some = [view.prefix('a'), view.namespace('n').as(codecs.bytes).all()];
    for (const selection of some) {
      for (const wrong of [undefined, null, -1, 1.5, '1', 2 ** 53, 2n ** 63n] as never[]) {
        expect(thrownBy(() => selection.atRevision(wrong))).toBeInstanceOf(TypeError);
        expect(thrownBy(() => selection.modifiedSince(wrong))).toBeInstanceOf(TypeError);
        expect(thrownBy(() => selection.modifiedUntil(wrong))).toBeInstanceOf(TypeError);
        expect(thrownBy(() => selection.createdSince(wrong))).toBeInstanceOf(TypeError);
        expect(thrownBy(() => selection.createdUntil(wrong))).toBeInstanceOf(TypeError);
      }
    }
  });

  it('is never every key of a view by mistake, where keys are deleted', async () => {
    const { transport, view } = setUp(() => ({ header: undefined, deleted: 0n, prevKvs: [] }));
    const inside = view.namespace('n/');
    const last = view.namespace(Uint8Array.of(0xff));
    const mistaken = [
      ...[view, inside, inside.namespace('m/'), last].flatMap((each) => [
        each.prefix(''),
        each.fromKey('\0'),
        each.range('\0', '\0'),
        each.namespace('').prefix(''),
      ]),
      inside.fromKey(''),
      inside.range('', '\0'),
      inside.prefix(new Uint8Array(0)),
    ];
    const message = 'selection: got every key; to delete every key of the view, say all()';
    for (const selection of mistaken) {
      const error = await failureOf(selection.delete());
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(message);
      expect(() => view.op.delete(selection)).toThrow(message);
    }
    expect(transport.calls).toEqual([]);
    await view.all().delete();
    await inside.all().delete();
    await view.prefix('n/').delete();
    await view.fromKey('a').delete();
    await inside.fromKey('a').delete();
    await inside.range('').delete();
    expect(transport.calls).toHaveLength(6);
  });

  it('is nothing up to revision 0, which on the wire would mean no bound', async () => {
    const { view, lastRequest } = setUp();
    await view.prefix('a').modifiedUntil(0).all();
    expect(lastRequest()).toMatchObject({ maxModRevision: 1n });
    await view.prefix('a').createdUntil(0n).count();
    expect(lastRequest()).toMatchObject({ maxCreateRevision: 1n });
    await view.prefix('a').modifiedUntil(1).createdUntil(7).all();
    expect(lastRequest()).toMatchObject({ maxModRevision: 1n, maxCreateRevision: 7n });
  });

  it('is the selection and the options, in a transaction', async () => {
    // An answer without results is an error, and the request was seen by then.
    const { view, lastRequest } = setUp(() => ({ succeeded: true, responses: [] }));
    const read = async (op: Op<unknown>) => {
      await failureOf(view.txn().then(op).commit());
      return (lastRequest() as { success: { requestRange: object }[] }).success[0]?.requestRange;
    };
    const selection = view.prefix('a').atRevision(3n);
    expect(await read(view.op.get(selection, { serializable: true }))).toMatchObject({
      revision: 3n,
      serializable: true,
    });
    const none = { revision: undefined, serializable: undefined };
    expect(await read(view.op.get(selection, none))).toMatchObject({ revision: 3n });
    expect(await read(view.op.get(selection, { revision: 4 }))).toMatchObject({ revision: 4n });
  });

  it('refuses a count that a number cannot hold', async () => {
    const { view } = setUp(() => ({ ...EMPTY_RANGE, count: 2n ** 53n }));
    expect(await failureOf(view.all().count())).toMatchObject({ code: 'UNSAFE_INTEGER' });
    expect(await failureOf(view.all().all())).toMatchObject({ code: 'UNSAFE_INTEGER' });
  });
});

describe('the pages of a serializable iteration', () => {
  const behind = new EtcdError('a later revision', { code: 'FUTURE_REVISION' });
  const header = { clusterId: 1n, memberId: 1n, revision: 7n, raftTerm: 1n };
  const record = (key: string) => ({
    key: utf8(key),
    value: utf8('v'),
    createRevision: 7n,
    modRevision: 7n,
    version: 1n,
    lease: 0n,
  });

  it('are read from a majority where a member has not got to the revision of the first', async () => {
    const asked: unknown[] = [];
    const { view } = setUp((_, request) => {
      const { serializable, revision } = request as RangeRequestInput;
      asked.push({ serializable, revision });
      if (asked.length === 1) return { header, kvs: [record('a')], count: 2n, more: true };
      if (serializable === true) throw behind;
      return { header, kvs: [record('b')], count: 2n, more: false };
    });
    const seen: string[] = [];
    for await (const { key } of view.all().serializable()) seen.push(key);
    expect(seen).toEqual(['a', 'b']);
    expect(asked).toEqual([
      { serializable: true, revision: undefined },
      { serializable: true, revision: 7n },
      { serializable: false, revision: 7n },
    ]);
  });

  it('fail where the caller asked for a revision that there is not', async () => {
    const { view, transport } = setUp(() => {
      throw behind;
    });
    const pages = view.all().serializable().atRevision(9n)[Symbol.asyncIterator]();
    expect(await failureOf(pages.next())).toBe(behind);
    expect(transport.calls).toHaveLength(1);
  });
});

describe('the options of a call', () => {
  it('reach the transport; an explicit undefined is as good as none', async () => {
    const { transport, view } = setUp();
    const { signal } = new AbortController();
    await view.get('k', { signal, timeoutMs: 5, metadata: { a: 'b' } });
    expect(transport.calls.at(-1)?.options).toMatchObject({
      signal,
      timeoutMs: 5,
      metadata: { a: 'b' },
    });
    const none = { signal: undefined, timeoutMs: undefined, metadata: undefined };
    await view.get('k', { ...none, revision: undefined, serializable: undefined });
    await view.put('k', 'v', {
      ...none,
      idempotent: undefined,
      lease: undefined,
      prevKv: undefined,
      ignoreLease: undefined,
    });
    await view.prefix('k').all(none);
    await view
      .txn()
      .commit({ ...none, idempotent: undefined })
      .catch(() => {});
    expect(transport.calls).toHaveLength(5);
  });
});
