import type { EtcdClient } from '../../src/index.js';
import type { FaultProxy } from './fault-proxy.js';

/**
 * Cuts off whoever comes by the proxy, does something meanwhile, and compacts all of it away: watches would go
 * on at a revision that is gone.
 */
export async function loseHistory(
  proxy: FaultProxy,
  direct: EtcdClient,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  proxy.refuse();
  proxy.resetAll();
  await meanwhile();
  const { header } = await direct.put('other', 'x');
  await direct.compact(header.revision);
  await proxy.accept();
}
