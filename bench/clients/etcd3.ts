import { setTimeout as delay } from 'node:timers/promises';
import { atOnce } from '../at-once.js';
import type { BenchClient } from './bench-client.js';

/** The part of npm etcd3 that is measured. The package is a dependency of bench/ alone. */
interface Etcd3 {
  get(key: string): { string(): Promise<string | null> };
  put(key: string): { value(value: string): Promise<unknown> };
  getAll(): { prefix(prefix: string): { strings(): Promise<Record<string, string>> } };
  watch(): { prefix(prefix: string): WatchBuilder };
  lease(ttlSeconds: number): Lease;
  lock(name: string): { acquire(): Promise<{ release(): Promise<void> }> };
  close(): void;
}

interface Lease {
  grant(): Promise<string>;
  revoke(): Promise<void>;
  revoked(): boolean;
}

interface WatchBuilder {
  startRevision(revision: string): WatchBuilder;
  create(): Promise<Watcher>;
}

interface Watcher {
  on(event: 'put', handler: (kv: { key: Buffer; value: Buffer }) => void): void;
  cancel(): Promise<void>;
}

interface Etcd3Module {
  readonly Etcd3: new (options: object) => Etcd3;
}

const PACKAGE = 'etcd3';
const LOCK_TAKEN = 'EtcdLockFailedError';
/** The longest pause before another try. Longer ones make it slower, shorter ones take more CPU. */
const LOCK_RETRY_MS = 20;

/** npm etcd3, with the limit on answers taken off: it fails on any over 4 MiB otherwise. */
export async function open(endpoint: string): Promise<BenchClient> {
  const { Etcd3 } = (await import(PACKAGE)) as Etcd3Module;
  const etcd = new Etcd3({
    hosts: endpoint,
    grpcOptions: { 'grpc.max_receive_message_length': -1 },
  });
  await etcd.get('connect').string();
  return {
    get: async (key) => (await etcd.get(key).string()) ?? undefined,
    put: (key, value) => etcd.put(key).value(value),
    async readAll(prefix) {
      let count = 0;
      const values = await etcd.getAll().prefix(prefix).strings();
      for (const [key, value] of Object.entries(values)) if (key !== value) count++;
      return count;
    },
    async watch(prefix, from, onEvents) {
      const builder = etcd.watch().prefix(prefix);
      if (from !== undefined) builder.startRevision(String(from));
      const watcher = await builder.create();
      watcher.on('put', ({ key, value }) => {
        if (key.toString() !== value.toString()) onEvents(1);
      });
      return () => watcher.cancel();
    },
    async holdLeases(count, ttlSeconds) {
      // It asks for a lease as soon as the handle is made, so handles are made a few hundred at a time too.
      const leases = await atOnce(count, async () => {
        const lease = etcd.lease(ttlSeconds);
        await lease.grant();
        return lease;
      });
      return {
        alive: () => leases.filter((lease) => !lease.revoked()).length,
        end: async () => void (await atOnce(count, (i) => leases[i]!.revoke())),
      };
    },
    async lock(name) {
      // Its lock does not wait: it fails when it is taken, and is to be tried again.
      for (;;) {
        const lock = await etcd
          .lock(name)
          .acquire()
          .catch((error: Error) => {
            if (error.name !== LOCK_TAKEN && error.constructor.name !== LOCK_TAKEN) throw error;
          });
        if (lock !== undefined) return () => lock.release();
        await delay(LOCK_RETRY_MS * Math.random());
      }
    },
    close: () => etcd.close(),
  };
}
