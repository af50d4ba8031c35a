/**
 * Facts that sessions of one process know of each other when they share a lease.
 *
 * They share the names of their keys, too, and the server cannot tell whose key it is. With this
 * registry a session never takes, and never deletes, a key that another one holds or waits with.
 */
interface Registry {
  /** Owners of keys. */
  readonly owners: Map<string, object>;
  /** Number of open sessions of each lease. */
  readonly sessions: Map<bigint, number>;
}

/** Place of the registry. Registered, so that both builds of the package share it. */
const REGISTRY: unique symbol = Symbol.for('etcd-kit.shared-leases') as never;

/** Identity of one key of one lease: no other key of the cluster is created at the same revision. */
interface OwnedKey {
  readonly clusterId: bigint;
  readonly leaseId: bigint;
  readonly revision: bigint;
}

/** Returns the owner of a key; `undefined` when nobody in this process has it. */
export function ownerOf(key: OwnedKey): object | undefined {
  return registry().owners.get(idOf(key));
}

/** Makes `owner` the owner of a key. It may have had another one. */
export function own(key: OwnedKey, owner: object): void {
  registry().owners.set(idOf(key), owner);
}

/** Ends the ownership of `owner`, if it is the owner. */
export function disown(key: OwnedKey, owner: object): void {
  if (ownerOf(key) === owner) registry().owners.delete(idOf(key));
}

/** Counts a session of a lease as open; answers how to end that, which is harmless when done twice. */
export function joinLease(leaseId: bigint): () => void {
  const { sessions } = registry();
  sessions.set(leaseId, openSessions(leaseId) + 1);
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    const others = openSessions(leaseId) - 1;
    if (others > 0) sessions.set(leaseId, others);
    else sessions.delete(leaseId);
  };
}

/** Returns how many sessions of a lease are open in this process. */
export function openSessions(leaseId: bigint): number {
  return registry().sessions.get(leaseId) ?? 0;
}

function registry(): Registry {
  const home = globalThis as { [REGISTRY]?: Registry };
  home[REGISTRY] ??= { owners: new Map(), sessions: new Map() };
  return home[REGISTRY];
}

function idOf({ clusterId, leaseId, revision }: OwnedKey): string {
  return `${clusterId}/${leaseId}/${revision}`;
}
