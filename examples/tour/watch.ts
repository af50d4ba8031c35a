import type { Section } from './stage.js';

export const watching: Section = {
  title: 'Watching',
  async run({ etcd, another, say, show }) {
    say('A watch tells every change of its keys, once and in order, as whole revisions.');
    await using watcher = etcd.prefix('services/').watch({ prevKv: true });
    await watcher.ready;

    await using other = another();
    const others = other.namespace('services/');
    await others.put('api', '10.0.0.1');
    await others
      .txn()
      .then(others.op.put('api', '10.0.0.2'), others.op.put('web', '10.0.0.3'))
      .commit();
    await others.delete('api');

    let first: bigint | undefined;
    for await (const { revision, events } of watcher.batches()) {
      first ??= revision;
      for (const { type, key, prev } of events) {
        show(`revision +${revision - first}`, `${type} ${key}${prev ? `, was ${prev.value}` : ''}`);
      }
      if (events.some(({ type }) => type === 'delete')) break;
    }

    say('History is there until it is compacted: a watch can start in the past.');
    await using replay = etcd.watch('services/web', { startRevision: first });
    for await (const event of replay) {
      show('watch(key, { startRevision })', event.type === 'put' && event.kv.value);
      break;
    }

    say('Following lists first and watches then, so that a map is right from the start.');
    for await (const change of etcd.prefix('services/').follow()) {
      if (change.type === 'snapshot') {
        show('snapshot', [...change.entries.keys()].join(', '));
        await others.put('db', '10.0.0.4');
        continue;
      }
      show(change.type, change.key);
      break;
    }
  },
};
