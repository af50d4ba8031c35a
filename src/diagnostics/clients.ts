import type { ClientStatus } from './status.js';

/** The part of a client that is looked at from outside. */
interface Observable {
  status(): ClientStatus;
}

/** Property of the global object with the open clients of this process. Registered: there may be two builds. */
const CLIENTS = Symbol.for('etcd-kit.clients');

/** Open clients. A client that was forgotten without being closed is not kept alive by it. */
const registry = globalThis as { [CLIENTS]?: Set<WeakRef<Observable>> };

/** Adds a client; answers how to take it out. */
export function addClient(client: Observable): () => void {
  registry[CLIENTS] ??= new Set();
  const clients = registry[CLIENTS];
  const ref = new WeakRef(client);
  clients.add(ref);
  return () => void clients.delete(ref);
}

/** Returns the state of each open client of this process. */
export function statusOfClients(): readonly ClientStatus[] {
  const clients = registry[CLIENTS];
  return [...(clients ?? [])].flatMap((ref) => {
    const client = ref.deref();
    if (client === undefined) clients?.delete(ref);
    return client?.status() ?? [];
  });
}
