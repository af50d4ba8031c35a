import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { codecs } from '../../src/index.js';
import { clientIn } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** Bytes as test runners and sandboxes give them: no instances of the class of this realm. */
function foreign(text: string): Uint8Array {
  return runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(text)] }) as Uint8Array;
}

describeEtcd('bytes of another realm', (etcd) => {
  it('are keys and values as any bytes are', async () => {
    await using client = clientIn(await etcd.server());
    const view = client.as(codecs.bytes);
    const { op, compare } = view;
    expect(foreign('a')).not.toBeInstanceOf(Uint8Array);
    await view.put(foreign('a'), foreign('1'));
    // Several at once: those are gathered.
    const read = await Promise.all([view.get(foreign('a')), view.get(foreign('b'))]);
    expect(read.map((kv) => kv && Buffer.from(kv.value).toString())).toEqual(['1', undefined]);
    const { succeeded } = await view
      .txn()
      .if(compare(foreign('a')).value('==', foreign('1')))
      .then(op.put(foreign('b'), foreign('2')), op.delete(foreign('a')))
      .commit();
    expect(succeeded).toBe(true);
    expect(await view.range(foreign('a'), foreign('c')).keys()).toEqual(['b']);
    expect(await view.namespace(foreign('b')).all().count()).toBe(1);
    const watcher = view.watch(foreign('c'));
    await watcher.ready;
    await view.update(foreign('c'), () => foreign('3'));
    for await (const { key } of watcher) {
      expect(key).toBe('c');
      break;
    }
  });

  it('can be gathered when writes are', async () => {
    await using client = clientIn(await etcd.server(), { batching: { writes: true } });
    const view = client.as(codecs.bytes);
    await Promise.all([view.put(foreign('a'), foreign('1')), view.put(foreign('b'), foreign('2'))]);
    expect(await view.all().keys()).toEqual(['a', 'b']);
  });
});
