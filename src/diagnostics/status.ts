/** One endpoint of a client. */
export interface EndpointStatus {
  /** Name of the endpoint, as in `etcd.endpoints`. */
  readonly endpoint: string;
  /**
   * - `idle`: no call has needed it yet, or the client is closed.
   * - `connecting`: the first attempt to reach it is under way.
   * - `ready`: calls go there.
   * - `set-aside`: it cannot be reached, or calls go to others: it is silent, a learner, or sees no leader.
   */
  readonly state: 'idle' | 'connecting' | 'ready' | 'set-aside';
  /** Version of the server. `undefined` while it has not told. */
  readonly version: string | undefined;
  /** Milliseconds to the server and back, as last measured. `undefined` while unknown. */
  readonly roundTripMs: number | undefined;
  /** Text of the last error of its connections. It stays after the endpoint has recovered. */
  readonly lastError: string | undefined;
}

/** Requests of a client that are not answered yet. */
export interface CallsStatus {
  /** All of them. */
  readonly open: number;
  /** Requests that are not sent: they wait for a connection, a token, a free stream or the end of a pause. */
  readonly waiting: number;
}

/** One watcher of a client. */
export interface WatchStatus {
  /** First key that is watched, as the server has it. */
  readonly key: string;
  /** Revision up to which everything was handed over. `undefined` before that is known. */
  readonly revision: bigint | undefined;
  /**
   * - `opening`: no server has registered it yet.
   * - `watching`: a server sends its events.
   * - `disconnected`: its stream broke, and another is being opened.
   * - `parked`: its consumer is slow, and it is on no stream.
   * - `catching-up`: it is on a stream of its own until it is near to the store.
   */
  readonly state: 'opening' | 'watching' | 'disconnected' | 'parked' | 'catching-up';
  /** Revisions of the store that were not handed over, as far as the watcher was told of them. */
  readonly behind: number;
}

/** One lease of a client. */
export interface LeaseStatus {
  /** Id of the lease. */
  readonly id: bigint;
  /** Seconds that each renewal gives. `undefined` for an attached lease before its first renewal. */
  readonly ttlSeconds: number | undefined;
  /** Seconds until it is lost if no renewal is answered. `undefined` where nothing is known of it. */
  readonly remainingSeconds: number | undefined;
  /** True while it can be counted on. */
  readonly alive: boolean;
}

/** One claim to a lock or a leadership. */
export interface LockStatus {
  /** Name as it was given to the mutex or the election. */
  readonly name: string;
  /** Key of the session in the queue of the name. */
  readonly key: string;
  /** State of the claim. */
  readonly state: 'waiting' | 'held';
  /** Milliseconds that it has been in this state. */
  readonly sinceMs: number;
}

/**
 * State of a client at one moment. `JSON.stringify` writes every field of it: bigints as decimal strings, and
 * what is `undefined` as `null`.
 */
export interface ClientStatus {
  /** Endpoints, as they were given or last set, and those that stay as a fallback. */
  readonly endpoints: readonly EndpointStatus[];
  /** Requests that are not answered yet. */
  readonly calls: CallsStatus;
  /** Watches that have not ended. */
  readonly watches: readonly WatchStatus[];
  /** Leases that there is a handle on. */
  readonly leases: readonly LeaseStatus[];
  /** Claims that wait, or are held. */
  readonly locks: readonly LockStatus[];
}
