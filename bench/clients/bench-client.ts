/** What the benchmarks ask of a client. What one cannot do it leaves out. */
export interface BenchClient {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<unknown>;
  /** Reads a prefix in one answer and looks at each key and value; answers how many there were. */
  readAll?(prefix: string): Promise<number>;
  /** The same record by record, page by page. */
  iterate?(prefix: string): Promise<number>;
  /**
   * Watches a prefix from a revision, or from now, and tells how many events came, each looked at.
   * Resolves when the server has registered it, with what ends it.
   */
  watch?(
    prefix: string,
    from: bigint | undefined,
    onEvents: (count: number) => void,
  ): Promise<() => Promise<void>>;
  /** Grants leases and keeps them alive; answers what ends them. */
  holdLeases?(count: number, ttlSeconds: number): Promise<() => Promise<void>>;
  /** Waits for a lock, takes it and gives it back, as one of several contenders. */
  lockCycle?(name: string, contender: number): Promise<void>;
  close(): Promise<void> | void;
}

/** The clients that are compared, by the names they have in the tables. */
export type ClientName = 'etcd-kit' | 'etcd-kit batched' | 'etcd3' | 'grpc-js';

/** Makes a client. Modules are loaded only in the process that needs them. */
export async function openClient(name: ClientName, endpoint: string): Promise<BenchClient> {
  switch (name) {
    case 'etcd-kit':
      return (await import('./etcd-kit.js')).open(endpoint, false);
    case 'etcd-kit batched':
      return (await import('./etcd-kit.js')).open(endpoint, true);
    case 'etcd3':
      return (await import('./etcd3.js')).open(endpoint);
    case 'grpc-js':
      return (await import('./grpc-js.js')).open(endpoint);
  }
}
