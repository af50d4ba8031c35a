import { describe, expect, it } from 'vitest';
import { EtcdError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import type { AnyOp, Txn } from '../../../src/txn/index.js';
import { View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf, thrownBy } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';

function setUp() {
  const answered = { succeeded: true, responses: [], header: undefined };
  const transport = new RecordingTransport(() => answered);
  const context = { transport, clock: new ManualClock(), timeoutMs: 5_000 };
  const view = new View(
    { ...context, watches: new WatchHub(context), updates: new KeyedQueue() },
    { keyspace: Keyspace.root, codec: codecs.utf8 },
  );
  return { transport, view, op: view.op, compare: view.compare };
}

const text = new TextDecoder();

/** The keys a transaction would send: of its conditions, of the one branch and of the other. */
async function sent(txn: { commit(): Promise<unknown> }, transport: RecordingTransport) {
  await txn.commit().catch(() => {});
  const request = transport.calls.at(-1)?.request;
  const { compare, success, failure } = request as {
    compare: readonly { key: Uint8Array }[];
    success: readonly { requestPut?: { key: Uint8Array } }[];
    failure: readonly { requestPut?: { key: Uint8Array } }[];
  };
  const keys = (ops: typeof success) => ops.map((op) => text.decode(op.requestPut?.key));
  return [compare.map(({ key }) => text.decode(key)), keys(success), keys(failure)];
}

describe('transactions are values', () => {
  it('append, in any order, and never change what they came from', async () => {
    const { transport, view, op, compare } = setUp();
    const empty = view.txn();
    const base = empty.then(op.put('1', 'v')).if(compare('a').exists());
    const left = base.else(op.put('2', 'v')).then(op.put('3', 'v')).if(compare('b').exists());
    const right = base.then(op.put('4', 'v'), op.put('5', 'v'));

    expect(await sent(left, transport)).toEqual([['a', 'b'], ['1', '3'], ['2']]);
    expect(await sent(right, transport)).toEqual([['a'], ['1', '4', '5'], []]);
    expect(await sent(base, transport)).toEqual([['a'], ['1'], []]);
    expect(await sent(empty, transport)).toEqual([[], [], []]);
  });

  it('are frozen, as are operations, conditions and selections', () => {
    const { view, op, compare } = setUp();
    const values: readonly object[] = [
      view.txn(),
      view.txn().then(op.get('k')),
      op,
      op.get('k'),
      op.put('k', 'v'),
      op.delete('k'),
      op.txn(view.txn()),
      compare('k'),
      compare('k').exists(),
      view.prefix('k'),
    ];
    for (const value of values) {
      expect(Object.isFrozen(value)).toBe(true);
      // One field at most, and what it holds is frozen too.
      const fields = Reflect.ownKeys(value).filter((key) => typeof key === 'symbol');
      expect(fields.length).toBeLessThanOrEqual(1);
      for (const field of fields) expect(Object.isFrozen(Reflect.get(value, field))).toBe(true);
    }
  });

  it('hand out functions that work on their own', () => {
    const { op } = setUp();
    const { get, put, delete: remove, txn } = op;
    expect(() => [get('k'), put('k', 'v'), remove('k')]).not.toThrow();
    expect(thrownBy(() => txn({} as never))).toBeInstanceOf(TypeError);
  });

  it('do nothing before commit', () => {
    const { transport, view, op } = setUp();
    view.txn().then(op.put('k', 'v'));
    expect(transport.calls).toEqual([]);
  });
});

describe('a transaction that puts and deletes one key', () => {
  const { transport, view, op } = setUp();
  const put = (key: string) => op.put(key, 'v');
  const inner = view.txn();

  it.each<[string, () => Txn<readonly AnyOp[], readonly AnyOp[]>]>([
    ['every key, then one', () => view.txn().then(op.delete(view.all()), put('x'))],
    ['one, then every key', () => view.txn().then(put('x'), op.delete(view.all()))],
    ['from a key on', () => view.txn().then(op.delete(view.fromKey('a')), op.get('a'), put('x'))],
    ['in the other branch', () => view.txn().else(put('x'), op.delete(view.fromKey('a')))],
    ['a closed range', () => view.txn().then(op.delete(view.prefix('x')), put('xy'))],
    ['the key itself', () => view.txn().then(op.delete('x'), put('x'))],
    [
      'the end of a namespace',
      () => view.txn().then(op.delete(view.namespace('n/').all()), put('n/1')),
    ],
    [
      'the put nested',
      () => view.txn().then(op.delete(view.all()), op.txn(inner.then(op.get('y')).else(put('x')))),
    ],
    [
      'the delete nested, in a nested one',
      () => {
        const deep = inner.else(op.delete(view.fromKey('x')));
        return view.txn().then(op.txn(inner.then(op.txn(deep))), put('x'));
      },
    ],
    [
      'in two nested ones',
      () => view.txn().then(op.txn(inner.then(put('x'))), op.txn(inner.else(op.delete('x')))),
    ],
  ])('is refused before it is sent: %s', async (_, make) => {
    const error = await failureOf(make().commit());
    expect(error).toMatchObject({ code: 'DUPLICATE_KEY', outcome: 'not-sent', method: 'KV.Txn' });
    expect(error.message).toMatch(/the key "\S+" is put and deleted/);
    expect(transport.calls).toEqual([]);
  });

  it('is sent when only one of the two can happen, or the keys are others', async () => {
    const { transport, view, op } = setUp();
    const either = inner.then(op.delete(view.all())).else(put('x'));
    const sent = [
      view.txn().then(op.delete(view.all())).else(put('x')),
      view.txn().then(op.txn(either)),
      view.txn().then(op.delete(view.fromKey('b')), put('a')),
      view.txn().then(op.delete(view.range('a', 'c')), put('c')),
      view.txn().then(op.delete(view.range('c', 'a')), put('b')),
      view.txn().then(op.delete(view.all()), op.delete('x'), op.get('x')),
      view.txn().then(op.delete(view.namespace('n/').all()), put('n0')),
    ];
    for (const txn of sent) await txn.commit().catch(() => {});
    expect(transport.calls).toHaveLength(sent.length);
  });
});

describe('a transaction that is awaited without commit', () => {
  it('rejects and says so, instead of waiting for ever', async () => {
    const { transport, view, op, compare } = setUp();
    const unfinished: readonly object[] = [
      view.txn(),
      view.txn().then(op.put('k', 'v')),
      view.txn().if(compare('k').exists()).then(op.get('k')).else(op.get('k')),
    ];
    for (const txn of unfinished) {
      // A promise that is resolved with it does what await does.
      const error = await Promise.resolve(txn).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(EtcdError);
      expect(error).toMatchObject({ code: 'NOT_COMMITTED', outcome: 'not-sent' });
      expect((error as Error).message).toContain('commit()');
    }
    const returned = async () => view.txn().then(op.put('k', 'v')) as unknown;
    await expect(returned()).rejects.toMatchObject({ code: 'NOT_COMMITTED' });
    expect(transport.calls).toEqual([]);
  });

  it('refuses a callback where operations belong', () => {
    const { view } = setUp();
    const chain = () => view.txn().then((() => {}) as never);
    expect(thrownBy(chain)).toMatchObject({ code: 'NOT_COMMITTED' });
  });
});

describe('what is no transaction', () => {
  it('says of the promise of a call that it was sent already, and not that an await is missing', () => {
    const { view } = setUp();
    const call = Promise.resolve('v');
    const error = thrownBy(() => view.txn().then(call as never));
    expect(error.message).toContain(
      'then[0]: got the promise of a call that was sent already; an operation',
    );
    expect(error.message).not.toContain('await');
  });

  it('names the key of a condition whose value its codec refuses', () => {
    const { compare } = setUp();
    expect(() => compare('k').value('==', 5 as never)).toThrow('for the key "k"');
  });

  it('is refused before anything is sent, with its place', () => {
    const { transport, view, op, compare } = setUp();
    const wrong: readonly [name: string, make: () => unknown][] = [
      ['then[0]', () => view.txn().then('k' as never)],
      ['then[1]', () => view.txn().then(op.get('k'), compare('k').exists() as never)],
      ['then[0]', () => view.txn().then(undefined as never)],
      ['then[0]', () => view.txn().then([op.get('k')] as never)],
      ['then[0]', () => view.txn().then(view.txn() as never)],
      ['else[0]', () => view.txn().else(null as never)],
      ['else[0]', () => view.txn().else(view.prefix('k') as never)],
      ['if[0]', () => view.txn().if(op.get('k') as never)],
      ['if[0]', () => view.txn().if(compare('k') as never)],
      ['if[1]', () => view.txn().if(compare('k').exists(), true as never)],
      ['txn', () => op.txn(op.get('k') as never)],
      ['value', () => op.put('k', undefined as never)],
      ['value', () => (op.put as (key: string) => unknown)('k')],
      ['key', () => op.put('', 'v')],
      ['key', () => op.put(view.prefix('k') as never, 'v')],
      ['key', () => op.get('')],
      ['key', () => op.get(undefined as never)],
      ['key', () => op.delete(5 as never)],
      ['options.prevKV', () => op.put('k', 'v', { prevKV: true } as never)],
      ['options.limit', () => op.get('k', { limit: 1 } as never)],
      ['revision', () => op.get(view.prefix('k'), { revision: -1n })],
      ['options.limit', () => op.get(view.prefix('k'), { limit: 1 } as never)],
      ['options.signal', () => op.put('k', 'v', { signal: undefined } as never)],
      ['prevKv', () => op.delete('k', { prevKv: 1 as never })],
      ['revision', () => op.get('k', { revision: -1n })],
      ['lease', () => op.put('k', 'v', { lease: 'x' as never })],
      ['selection', () => op.delete(view.prefix('k').limit(1))],
      ['selection', () => op.delete(view.prefix('k').sortBy('key', 'desc'))],
      ['selection', () => op.delete(view.prefix('k').modifiedSince(1n))],
      ['selection', () => op.delete(view.prefix(''))],
      ['selection', () => op.delete(view.fromKey('\0'))],
      ['selection', () => compare(view.prefix('k').limit(1))],
      ['selection', () => compare(view.prefix('k').atRevision(1n))],
      ['selection', () => compare(view.prefix('k').sortBy('value'))],
      ['operator', () => compare('k').value('===' as never, 'v')],
      ['operator', () => compare('k').value('v' as never, '==')],
      ['operator', () => compare('k').version('>=' as never, 1n)],
      ['operator', () => compare('k').version('constructor' as never, 1n)],
      ['value', () => compare('k').value('==', undefined as never)],
      ['version', () => compare('k').version('==', '1' as never)],
      ['version', () => compare('k').version('==', -1)],
      ['revision', () => compare('k').modRevision('==', 1.5)],
      ['revision', () => compare('k').createRevision('==', 2n ** 63n)],
      ['lease', () => compare('k').lease('==', {} as never)],
      ['key', () => compare('')],
      ['key', () => compare({} as never)],
    ];
    for (const [name, make] of wrong) {
      const error = thrownBy(make);
      expect(error, make.toString()).toBeInstanceOf(TypeError);
      expect(error.message.startsWith(`${name}: got `), `${make}: ${error.message}`).toBe(true);
    }
    expect(transport.calls).toEqual([]);
  });

  it('is refused in the options of commit too', async () => {
    const { transport, view } = setUp();
    const commits = [{ prevKv: true }, { timeoutMs: -1 }, { signal: 1 }, { idempotent: 'yes' }];
    for (const options of commits) {
      await expect(view.txn().commit(options as never)).rejects.toBeInstanceOf(TypeError);
    }
    expect(transport.calls).toEqual([]);
  });
});

describe('whether a transaction may be repeated', () => {
  it('is known from its operations, nested ones too', async () => {
    const { transport, view, op, compare } = setUp();
    const readOnly = async (txn: { commit(): Promise<unknown> }): Promise<boolean | undefined> => {
      await txn.commit().catch(() => {});
      return transport.calls.at(-1)?.options?.readOnly;
    };
    const reads = view.txn().if(compare('k').exists()).then(op.get('k')).else(op.get(view.all()));
    const writes = view.txn().if(compare('k').exists()).else(op.put('k', 'v'));
    expect(await readOnly(view.txn())).toBe(true);
    expect(await readOnly(reads)).toBe(true);
    expect(await readOnly(view.txn().then(op.txn(reads)))).toBe(true);
    expect(await readOnly(writes)).toBe(false);
    expect(await readOnly(view.txn().then(op.get('k'), op.delete('k')))).toBe(false);
    expect(await readOnly(view.txn().then(op.txn(view.txn().then(op.txn(writes)))))).toBe(false);
  });
});

describe('an answer that does not fit', () => {
  it('is an error, not a wrong result', async () => {
    const { view, op } = setUp();
    // The transport of this test answers every transaction without any results.
    await expect(view.txn().then(op.get('k')).commit()).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
