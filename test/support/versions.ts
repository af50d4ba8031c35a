import { type EtcdTools, findEtcd } from '../../scripts/etcd/ensure.mjs';

/** The minor versions that the package supports, and `newest`, which is used only where ETCD_KIT_NEWEST=1 asks for it. */
export type EtcdSeries = '3.4' | '3.5' | 'newest';

const found = await findEtcd();

/** The versions a suite runs on, whether or not they are on this machine. */
export const testedSeries: readonly EtcdSeries[] =
  process.env['ETCD_KIT_NEWEST'] === '1' ? ['3.4', '3.5', 'newest'] : ['3.4', '3.5'];

/** The programs of a version; by default of 3.5, or of what there is. Throws if they are not on this machine. */
export function toolsOf(series?: EtcdSeries): EtcdTools {
  const tools =
    series === undefined ? (found['3.5'] ?? found['3.4'] ?? found.newest) : found[series];
  if (tools === undefined) throw new Error(missingReason(series ?? '3.5'));
  return tools;
}

/** Whether the programs of a version are on this machine. */
export function hasEtcd(series: EtcdSeries): boolean {
  return found[series] !== undefined;
}

/** Why a version cannot be used. */
export function missingReason(series: EtcdSeries): string {
  return `etcd ${series} is not on this machine; \`node scripts/etcd/ensure.mjs\` gets it or says how`;
}
