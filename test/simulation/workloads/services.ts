import { type Registration, ServiceRegistry } from 'etcd-kit/discovery';
import type { Scene } from '../scene.js';

const INSTANCES = 2;
const TTL_SECONDS = 4;
const SERVICE = 'services/one';
/** Milliseconds after the last fault within which everybody is registered again, and seen. */
const BACK_MS = 30_000;

/**
 * Instances of a service that stay registered, and somebody who follows them. When all is well again each is
 * registered with its newest address, and whoever follows sees it.
 */
export function services(scene: Scene): () => void {
  const addresses = new Map<string, string>();
  let closing = false;
  let serial = 0;

  for (let number = 0; number < INSTANCES; number += 1) {
    const etcd = scene.client();
    const registry = new ServiceRegistry(etcd, SERVICE);
    const name = `instance ${number}`;
    scene.start(name, async () => {
      let registration: Registration | undefined;
      let sure = true;
      while (registration === undefined) {
        const address = `10.0.0.${number}:${++serial}`;
        try {
          registration = await registry.register(name, { address }, { ttlSeconds: TTL_SECONDS });
          addresses.set(name, address);
        } catch (error) {
          scene.failed(name, error);
          await scene.pause(etcd, 100, 1_000);
        }
      }
      registration.on('error', (error) => scene.tell(`${name}: ${error.code}`));
      while (!scene.over) {
        scene.operations += 1;
        await scene.pause(etcd, 0, 4_000);
        const address = `10.0.0.${number}:${++serial}`;
        try {
          await registration.update({ address }, { timeoutMs: 3_000 });
          addresses.set(name, address);
        } catch (error) {
          // It may be stored even after the next change: from now on the address is not known.
          if (scene.failed(name, error).outcome === 'unknown') sure = false;
        }
        if (!sure) addresses.delete(name);
      }
      await scene.wait(etcd, BACK_MS);
      await checkRegistered(scene, registry, name, addresses.get(name));
      closing = true;
      await registration.close();
      if ((await registry.list()).has(name)) scene.violate(`${name} is closed, and still there`);
    });
  }

  const etcd = scene.client();
  const follower = new ServiceRegistry(etcd, SERVICE);
  const stop = new AbortController();
  scene.start('follower', async () => {
    let seen: ReadonlyMap<string, { readonly address: string }> = new Map();
    const following = (async () => {
      for await (const endpoints of follower.watch({ signal: stop.signal })) seen = endpoints;
    })().catch((error: unknown) => scene.failed('follower', error, ['ABORTED']));
    while (!scene.over) await scene.pause(etcd, 0, 1_000);
    await scene.wait(etcd, BACK_MS - 1);
    for (const [name, address] of addresses) {
      const shown = seen.get(name)?.address;
      if (!closing && shown !== address) {
        scene.violate(`who follows sees ${name} at ${shown}, and it is at ${address}`);
      }
    }
    stop.abort();
    await following;
  });

  return () => {};
}

async function checkRegistered(
  scene: Scene,
  registry: ServiceRegistry,
  name: string,
  address: string | undefined,
): Promise<void> {
  const listed = (await registry.list()).get(name)?.address;
  if (listed === undefined) scene.violate(`${name} is not registered any more`);
  else if (address !== undefined && listed !== address) {
    scene.violate(`${name} is registered at ${listed}, and it is at ${address}`);
  }
}
