import { MemoryEtcd, type MemoryEtcdVersion } from '../../src/testing/index.js';
import type { EtcdServer } from './etcd.js';
import { runEtcdctl, spawnEtcdctl, succeeded } from './etcdctl.js';
import { clientMakers } from './in-memory.js';

/** Flags of servers that mean nothing in memory, where passwords are not hashed. */
const WITHOUT_MEANING = ['--bcrypt-cost'];

/**
 * Starts an etcd in memory that suites take for a real server. Its clients run in this process; `etcdctl` and
 * clients made by endpoint reach it on a port. Its clock is that of the machine, as theirs is.
 *
 * What only a process has, such as metrics, throws: a test that needs it is one of those that are left out.
 */
export async function startMemoryServer(
  version: MemoryEtcdVersion,
  flags: readonly string[] = [],
): Promise<EtcdServer> {
  const memory = new MemoryEtcd({ clock: 'system', version, flags: withMeaning(flags) });
  const { endpoint } = await memory.listen();
  const target = { endpoints: [endpoint] };
  const etcdctl = (...args: string[]) => runEtcdctl(target, args);
  const known = {
    name: memory.members[0].name,
    endpoint,
    certificates: undefined,
    etcdctl,
    ctl: async (...args: string[]) => succeeded(args, await etcdctl(...args)),
    spawnCtl: (...args: string[]) => spawnEtcdctl(target, args),
    stop: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
  };
  const server = new Proxy(known, {
    get(_, property) {
      if (property in known) return Reflect.get(known, property);
      // Whoever awaits the server asks it whether it is a promise.
      if (property === 'then' || typeof property === 'symbol') return undefined;
      throw new Error(`an etcd in memory has no ${property}: leave this test out, with its reason`);
    },
  }) as unknown as EtcdServer;
  clientMakers.set(server, memory);
  return server;
}

function withMeaning(flags: readonly string[]): string[] {
  return flags.filter(
    (flag, index) =>
      !WITHOUT_MEANING.includes(flag) && !WITHOUT_MEANING.includes(flags[index - 1] ?? ''),
  );
}
