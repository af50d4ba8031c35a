import { everySeries, hasEtcd, toolsOf } from '../support/versions.js';
import { underLoad, WRITES_PER_HOP } from './rolling.js';
import { type Figures, must, type Soak } from './soak.js';

async function upgrade(): Promise<Figures> {
  const [first, ...hops] = everySeries.filter(hasEtcd);
  must(first !== undefined && hops.length > 0, 'there are two versions of etcd on this machine');
  const figures = await underLoad(first, async (cluster, _, writer) => {
    for (const series of hops) {
      await writer.more(WRITES_PER_HOP);
      await cluster.become(series);
      console.log(`upgraded to ${toolsOf(series).version}`);
    }
    await writer.more(WRITES_PER_HOP);
  });
  const versions = [first, ...hops].map((series) => toolsOf(series).version).join(' -> ');
  return { versions, ...figures };
}

export const soak: Soak = {
  title:
    'Three members are upgraded one after the other, version by version, while a client writes, watches, renews a lease, takes a lock and is registered',
  run: upgrade,
};
