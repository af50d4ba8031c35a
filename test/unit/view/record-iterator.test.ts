import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../src/internal/bytes.js';
import { deferred } from '../../../src/internal/deferred.js';
import type { Page } from '../../../src/kv/index.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { RecordIterator } from '../../../src/view/record-iterator.js';
import { failureOf } from '../../support/client.js';

const space = { keyspace: Keyspace.root, codec: codecs.utf8 };

function pageOf(...keys: readonly string[]): Page {
  const kvs = keys.map((key) => ({
    key: encodeUtf8(key),
    value: encodeUtf8('v'),
    createRevision: 1n,
    modRevision: 1n,
    version: 1n,
    lease: 0n,
  }));
  return { kvs, revision: 1n };
}

/** An iterator over these pages, and whether they were read to their end or given up. */
function iteratorOver(
  pages: Iterable<Page | Promise<Page>>,
  signal?: AbortSignal,
): { readonly records: RecordIterator<string>; readonly left: () => boolean } {
  let left = false;
  async function* read(): AsyncGenerator<Page, void, undefined> {
    try {
      for (const page of pages) yield await page;
    } finally {
      left = true;
    }
  }
  return { records: new RecordIterator({ space, signal, pages: read }), left: () => left };
}

describe('the records of pages', () => {
  it('come in their order, also to many calls at once, and pages without any are passed', async () => {
    const second = deferred<Page>();
    const { records } = iteratorOver([pageOf('a', 'b'), pageOf(), second.promise, pageOf('e')]);
    const results = Array.from({ length: 7 }, () => records.next());
    second.resolve(pageOf('c', 'd'));
    const keys = (await Promise.all(results)).map(({ value }) => value?.key);
    expect(keys).toEqual(['a', 'b', 'c', 'd', 'e', undefined, undefined]);
    expect(await records.next()).toEqual({ done: true, value: undefined });
  });

  it('end with the error of a page, told once and to the call that met it', async () => {
    const broken = Promise.reject(new RangeError('broken'));
    broken.catch(() => {});
    const { records } = iteratorOver([pageOf('a'), broken, pageOf('z')]);
    const [first, second, third] = [records.next(), records.next(), records.next()];
    expect((await first).value?.key).toBe('a');
    await expect(second).rejects.toThrow('broken');
    expect(await third).toEqual({ done: true, value: undefined });
    expect(await records.next()).toEqual({ done: true, value: undefined });
  });

  it('end in the middle of a page, and the pages with them', async () => {
    const { records, left } = iteratorOver([pageOf('a', 'b', 'c'), pageOf('d')]);
    expect((await records.next()).value?.key).toBe('a');
    expect(await records.return()).toEqual({ done: true, value: undefined });
    expect(left()).toBe(true);
    expect(await records.next()).toEqual({ done: true, value: undefined });
  });

  it('end at the record they are at when the signal aborts', async () => {
    const caller = new AbortController();
    const { records, left } = iteratorOver([pageOf('a', 'b', 'c')], caller.signal);
    expect((await records.next()).value?.key).toBe('a');
    caller.abort(new Error('enough'));
    async function goesOn(): Promise<void> {
      await records.next();
    }
    const error = await failureOf(goesOn());
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(error.stack).toMatch(/goesOn/);
    expect(await records.next()).toEqual({ done: true, value: undefined });
    expect(left()).toBe(true);
  });

  it('are not read before the first is asked for, and not at all when they are left before', async () => {
    const { records, left } = iteratorOver([pageOf('a')]);
    await records.return();
    expect(await records.next()).toEqual({ done: true, value: undefined });
    expect(left()).toBe(false);
  });
});
