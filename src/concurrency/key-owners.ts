/** Identity of one key of one lease: no other key of the cluster is created at the same revision. */
interface OwnedKey {
  readonly clusterId: bigint;
  readonly leaseId: bigint;
  readonly revision: bigint;
}

type Owners = Map<string, object>;

/** Place of the registry. Registered, so that both builds of the package share it. */
const OWNERS: unique symbol = Symbol.for('etcd-kit.key-owners') as never;

/**
 * Returns the owners of lock keys in this process.
 *
 * Sessions that share a lease share the names of their keys, too, and the server cannot tell whose key
 * it is. Within a process this registry tells it: a session never takes, and never deletes, a key that
 * another session holds or waits with.
 */
function owners(): Owners {
  const home = globalThis as { [OWNERS]?: Owners };
  home[OWNERS] ??= new Map();
  return home[OWNERS];
}

function idOf({ clusterId, leaseId, revision }: OwnedKey): string {
  return `${clusterId}/${leaseId}/${revision}`;
}

/** Returns the owner of a key; `undefined` when nobody in this process has it. */
export function ownerOf(key: OwnedKey): object | undefined {
  return owners().get(idOf(key));
}

/** Makes `owner` the owner of a key, whoever was it before. */
export function own(key: OwnedKey, owner: object): void {
  owners().set(idOf(key), owner);
}

/** Ends the ownership of `owner`, if it is the owner. */
export function disown(key: OwnedKey, owner: object): void {
  if (ownerOf(key) === owner) owners().delete(idOf(key));
}
