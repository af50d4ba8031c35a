import { describeRecord } from './key-values.js';
import type { Section } from './stage.js';

export const ranges: Section = {
  title: 'Ranges',
  async run({ etcd, say, show }) {
    for (const letter of ['a', 'b', 'c', 'd']) await etcd.put(`zoo/${letter}`, letter);
    const zoo = etcd.prefix('zoo/');
    const two = await zoo.limit(2).all();
    show(
      "prefix('zoo/').limit(2).all()",
      `${two.kvs.map(({ key }) => key).join(', ')}; more: ${two.more}, ${two.count} in all`,
    );
    const from = await etcd.fromKey('zoo/b').limit(2).all();
    show("fromKey('zoo/b').limit(2).all()", from.kvs.map(({ key }) => key).join(', '));
    show("range('zoo/b', 'zoo/d').keys()", (await etcd.range('zoo/b', 'zoo/d').keys()).join(', '));
    const latest = await zoo.sortBy('modRevision', 'desc').first();
    show("prefix('zoo/').sortBy('modRevision', 'desc').first()", latest?.key);

    say('Iterating reads page by page, all at one revision, in flat memory.');
    const values: string[] = [];
    for await (const { value } of zoo) values.push(value);
    show("for await (const { value } of prefix('zoo/'))", values.join(', '));

    const { deleted, prev } = await etcd.delete('zoo/a', { prevKv: true });
    show(
      "delete('zoo/a', { prevKv: true })",
      `${deleted} deleted; it was ${describeRecord(prev[0])}`,
    );
    const rest = await zoo.delete();
    show("prefix('zoo/').delete()", `${rest.deleted} deleted`);
  },
};
