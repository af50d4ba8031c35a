import type { KeyValue } from 'etcd-kit';
import type { Section } from './stage.js';

/** A record in one line. */
export function describeRecord(kv: KeyValue | undefined): string {
  if (kv === undefined) return 'undefined: there is no such key';
  const { value, createRevision, modRevision, version } = kv;
  return `'${value}'  created at ${createRevision}, modified at ${modRevision}, version ${version}`;
}

export const keyValues: Section = {
  title: 'Keys and values',
  async run({ etcd, say, show }) {
    say('Every put moves the whole store to its next revision.');
    for (const [key, value] of [
      ['foo', 'bar'],
      ['foo1', 'bar1'],
      ['foo', 'bar_new'],
      ['foo1', 'bar1_new'],
    ] as const) {
      const { header } = await etcd.put(key, value);
      show(`put('${key}', '${value}')`, `revision ${header.revision}`);
    }
    show("get('foo')", describeRecord(await etcd.get('foo')));
    show("get('missing')", describeRecord(await etcd.get('missing')));
    const { header, count } = await etcd.range('missing').all();
    show("range('missing').all()", `${count} keys; the store is at revision ${header.revision}`);
  },
};

export const history: Section = {
  title: 'The history of a key',
  async run({ etcd, say, show }) {
    const revisions = await revisionsOfTour(etcd);
    say('Reads can ask for the store as it was.');
    for (const revision of revisions) {
      const [foo, foo1] = [
        await etcd.get('foo', { revision }),
        await etcd.get('foo1', { revision }),
      ];
      const seen = `foo = ${foo?.value ?? '(none)'}, foo1 = ${foo1?.value ?? '(none)'}`;
      show(`get(..., { revision: ${revision}n })`, seen);
    }
  },
};

/** The four revisions at which the first section wrote: 2 to 5 in a new store. */
export async function revisionsOfTour(etcd: {
  get(key: string): Promise<KeyValue | undefined>;
}): Promise<readonly bigint[]> {
  const first = (await etcd.get('foo'))?.createRevision ?? 0n;
  return [first, first + 1n, first + 2n, first + 3n];
}
