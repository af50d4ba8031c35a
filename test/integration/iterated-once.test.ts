import { expect, it } from 'vitest';
import { Election, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { type EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { clientIn } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

interface Stage {
  readonly etcd: EtcdClient;
  readonly session: Session;
}

/** All that can be iterated once, with something to see in it. */
const KINDS: Readonly<
  Record<string, (stage: Stage) => AsyncIterable<unknown> & Partial<AsyncDisposable>>
> = {
  'a raw stream': ({ etcd }) => etcd.rpc.maintenance.snapshot(),
  'a raw duplex call'({ etcd }) {
    const call = etcd.rpc.watch.watch();
    void call.send({ createRequest: { key: new Uint8Array([97]) } });
    return call;
  },
  'a watcher': ({ etcd }) => etcd.watch('a', { startRevision: 1n }),
  'the batches of a watcher': ({ etcd }) => etcd.watch('a', { startRevision: 1n }).batches(),
  'the iterator of a watcher': ({ etcd }) =>
    etcd.watch('a', { startRevision: 1n })[Symbol.asyncIterator](),
  follow: ({ etcd }) => etcd.prefix('').follow(),
  observe: ({ session }) => new Election(session, 'led').observe(),
  'the watch of a registry': ({ etcd }) => new ServiceRegistry(etcd, 'services').watch(),
  'a snapshot': ({ etcd }) => etcd.maintenance.snapshot(),
  'records, with options': ({ etcd }) => etcd.prefix('').iterate({ timeoutMs: 0 }),
  'the iterator of a selection': ({ etcd }) => etcd.prefix('')[Symbol.asyncIterator](),
};

async function stageOf(etcd: EtcdClient): Promise<Stage> {
  await etcd.put('a', 'x');
  await etcd.put('b', 'x');
  return { etcd, session: await Session.create(etcd, { ttlSeconds: 10 }) };
}

async function first(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}

describeEtcd('what can be iterated once', (etcd) => {
  it.each(Object.keys(KINDS))('refuses a second loop after the first: %s', async (kind) => {
    await using client = clientIn(await etcd.server());
    const items = KINDS[kind]!(await stageOf(client));
    await first(items);
    const error = await first(items).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-sent' });
    expect((error as Error).message).toMatch(/iterated already, and it can be iterated only once;/);
  });

  it.each(Object.keys(KINDS))('refuses a second loop in the first: %s', async (kind) => {
    await using client = clientIn(await etcd.server());
    const items = KINDS[kind]!(await stageOf(client));
    for await (const item of items) {
      void item;
      expect(() => items[Symbol.asyncIterator]()).toThrow(InvalidArgumentError);
      break;
    }
  });

  it('can be asked for an item by hand and then looped over', async () => {
    await using client = clientIn(await etcd.server());
    const { etcd: view } = await stageOf(client);
    const follower = view.prefix('').follow();
    expect((await follower.next()).value.type).toBe('snapshot');
    await view.put('c', 'x');
    expect(await first(follower)).toMatchObject({ type: 'put', key: 'c' });

    const iterator = view.prefix('').iterate()[Symbol.asyncIterator]();
    expect((await iterator.next()).value.key).toBe('a');
    expect(await first(iterator)).toMatchObject({ key: 'b' });
  });

  it('allows any number of iterations of a selection', async () => {
    await using client = clientIn(await etcd.server());
    const { etcd: view } = await stageOf(client);
    const selection = view.prefix('');
    for (let round = 0; round < 3; round++) expect(await first(selection)).toBeDefined();
  });

  it.each(Object.keys(KINDS).filter((kind) => kind !== 'a watcher'))(
    'ends with its block: %s',
    async (kind) => {
      await using client = clientIn(await etcd.server());
      const items = KINDS[kind]!(await stageOf(client)) as AsyncIterable<unknown> & AsyncDisposable;
      const iterator = items[Symbol.asyncIterator]();
      {
        await using held = items;
        expect(held).toBe(items);
        expect((await iterator.next()).done).toBe(false);
      }
      const after = await iterator.next().catch((error: unknown) => error);
      expect(after).toSatisfy(
        (end) => end.done === true || (end as { code?: string }).code === 'ABORTED',
      );
    },
  );
});
