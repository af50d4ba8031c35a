import { CompactedError } from 'etcd-kit';
import { revisionsOfTour } from './key-values.js';
import type { Section } from './stage.js';

export const compaction: Section = {
  title: 'Compaction',
  async run({ etcd, isThrowaway, say, show }) {
    if (!isThrowaway) {
      say('Left out: it gives up the history of the whole store, and this one is yours.');
      return;
    }
    const [, , third = 0n, fourth = 0n] = await revisionsOfTour(etcd);
    await etcd.compact(fourth);
    show(`compact(${fourth}n)`, `revisions below ${fourth} are gone`);
    const kept = await etcd.get('foo', { revision: fourth });
    show(`get('foo', { revision: ${fourth}n })`, `'${kept?.value}'`);
    try {
      await etcd.get('foo', { revision: third });
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      show(`get('foo', { revision: ${third}n })`, `${error.name} [${error.code}]`);
    }
  },
};
