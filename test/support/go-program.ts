import { findGo, goBuild } from '../../scripts/etcd/go.mjs';
import { type Built, builtPeer } from './peer-cache.js';

/** Builds `test/peers/go`, the program with etcd's Go client. */
export async function buildGoPeer(): Promise<Built> {
  const go = await findGo();
  if (go === undefined) return { missing: 'there is no Go on this machine' };
  return builtPeer({
    name: 'the Go client',
    folder: 'go',
    build: (module, output) => goBuild(go, { module, output }),
  });
}
