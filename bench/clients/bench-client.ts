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
  /** Grants leases and keeps them alive. */
  holdLeases?(count: number, ttlSeconds: number): Promise<HeldLeases>;
  /** Waits for a lock and takes it, as one of several contenders; answers what gives it back. */
  lock?(name: string, contender: number): Promise<() => Promise<void>>;
  /** Puts and watches a key; answers what deletes it as a lock is, and tells when the watch told. */
  watchedKey?(key: string): Promise<() => Promise<number>>;
  close(): Promise<void> | void;
}

/** Leases that are kept alive. */
export interface HeldLeases {
  /** How many the client still has. */
  alive(): number;
  /** Revokes all of them. */
  end(): Promise<void>;
}

/** The clients that are compared, by the names they have in the tables. */
export type ClientName =
  | 'etcd-kit'
  | 'etcd-kit batched'
  | 'etcd-kit direct'
  | 'etcd-kit direct, batched'
  | 'etcd3'
  | 'grpc-js'
  | 'Go'
  | 'socket';
