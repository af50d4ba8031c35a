import type {
  ErrorCode,
  EtcdError,
  LeaseLossReason,
  LeaseLostError,
  Outcome,
} from '../errors/index.js';

/**
 * One request of the user, on the tracing channel `etcd-kit.call`. The same object comes with each event of
 * the request, and is filled in on the way. It never holds a key's value, nor a result.
 */
export interface CallDiagnostics {
  /**
   * Method that the user called: `get`, `update`, `iterate`, `acquire`; with its path from the client:
   * `lease.grant`, `auth.users.add`. Several requests may belong to one. A request of `etcd.rpc` is named
   * after its RPC.
   */
  readonly operation: string;
  /** RPC that the request is, as etcd names it: `KV.Range`. */
  readonly method: string;
  /** Endpoint that the last attempt went to. `undefined` before the first attempt. */
  readonly endpoint: string | undefined;
  /** Attempts that were sent: 0 when the request ended before it could be sent. */
  readonly attempts: number;
  /** Number of requests that the last attempt carried: 1 alone, more where requests were gathered. */
  readonly batchSize: number;
  /** Milliseconds from the call to its end. `undefined` before the end. */
  readonly durationMs: number | undefined;
  /** Outcome of a failed request. `undefined` before the end, and on success. */
  readonly outcome: Outcome | undefined;
  /** Error of a failed request, usually an `EtcdError`. `undefined` before the end, and on success. */
  readonly error: unknown;
}

/** A request is about to be sent once more, on `etcd-kit.retry`. */
export interface RetryDiagnostics {
  /** Sort of the message. */
  readonly kind: 'retry';
  /** RPC that the request is: `KV.Put`. */
  readonly method: string;
  /** Number of the attempt that begins: 2 for the first repetition. */
  readonly attempt: number;
  /** Code of the error that the attempt before it failed with. */
  readonly reason: ErrorCode;
  /** Endpoint of the attempt before it, where that is known. */
  readonly endpoint: string | undefined;
  /** Milliseconds that have passed since the failure. */
  readonly delayMs: number;
}

/** Reasons why calls go elsewhere while an endpoint has a connection, or never had one. */
export type SetAsideReason = 'unreachable' | 'silent' | 'no-leader' | 'learner';

/** News of one endpoint, on `etcd-kit.endpoint`. */
export type EndpointDiagnostics =
  | {
      /** The server answered its first call over a new connection. */
      readonly kind: 'connected';
      /** Name of the endpoint, as in `etcd.endpoints`. */
      readonly endpoint: string;
      /** Version of the server. `undefined` when it does not tell. */
      readonly version: string | undefined;
    }
  | {
      /** The connection was lost, or given up because the server said nothing. */
      readonly kind: 'disconnected';
      /** Name of the endpoint, as in `etcd.endpoints`. */
      readonly endpoint: string;
      /** Error that ended the connection. */
      readonly error: EtcdError;
    }
  | {
      /** Calls go to other endpoints for now. */
      readonly kind: 'set-aside';
      /** Name of the endpoint, as in `etcd.endpoints`. */
      readonly endpoint: string;
      /** Reason why calls avoid it. */
      readonly reason: SetAsideReason;
      /** Error of the attempt to connect, for `unreachable`. */
      readonly error: EtcdError | undefined;
    }
  | {
      /** Calls go to the endpoint again. */
      readonly kind: 'back';
      /** Name of the endpoint, as in `etcd.endpoints`. */
      readonly endpoint: string;
    };

/** A stream both ways, on `etcd-kit.stream`: those of watches and of lease renewals, and those of `etcd.rpc`. */
export interface StreamDiagnostics {
  /** Sort of the message. */
  readonly kind: 'opened' | 'ended';
  /** RPC of the stream: `Watch.Watch`, `Lease.LeaseKeepAlive`. */
  readonly method: string;
  /** Endpoint of the stream. */
  readonly endpoint: string;
  /** Error that ended the stream. `undefined` for one that the client ended, or that ended well. */
  readonly error: EtcdError | undefined;
}

/**
 * News of one watcher, on `etcd-kit.watch`.
 *
 * - `opened`: a server has registered it for the first time.
 * - `resumed`: another stream has taken it on, from where it was.
 * - `parked`: its consumer is too slow, so it left the stream that it shared with others.
 * - `caught-up`: it has come near to the store again, and is back on the shared stream.
 * - `ended`: it is over; with an `error` unless it was cancelled.
 */
export interface WatchDiagnostics {
  /** Sort of the message: see above. */
  readonly kind: 'opened' | 'resumed' | 'parked' | 'caught-up' | 'ended';
  /** Number of the watcher in this process: the same in all its messages. */
  readonly watch: number;
  /** First key that is watched, as the server has it. Bytes that are not UTF-8 are shown in hex. */
  readonly key: string;
  /** End of the range, which is not watched. `undefined` for a single key. */
  readonly rangeEnd: string | undefined;
  /** Revision up to which the watcher has received everything. `undefined` before that is known. */
  readonly revision: bigint | undefined;
  /** Endpoint of the stream, for `opened` and `resumed`. */
  readonly endpoint: string | undefined;
  /** Milliseconds that it took: from `watch()` for `opened`, from the break for `resumed`. */
  readonly tookMs: number | undefined;
  /** Error that ended it, for `ended`. `undefined` for one that was cancelled. */
  readonly error: EtcdError | undefined;
}

/**
 * News of one lease, on `etcd-kit.lease`.
 *
 * - `granted`: a server has granted it to this client.
 * - `renewed`: a renewal was answered.
 * - `late`: no renewal was answered in the time of one; there is time for others.
 * - `lost`: it cannot be counted on any more, for this `reason`. A lease that nobody renews ends so, too.
 * - `revoked`: its owner ends it.
 */
export interface LeaseDiagnostics {
  /** Sort of the message: see above. */
  readonly kind: 'granted' | 'renewed' | 'late' | 'lost' | 'revoked';
  /** Id of the lease. */
  readonly id: bigint;
  /** Seconds that each renewal gives. `undefined` for an attached lease before its first renewal. */
  readonly ttlSeconds: number | undefined;
  /** Seconds until it is lost if no renewal is answered. `undefined` where nothing is known of it. */
  readonly remainingSeconds: number | undefined;
  /** True when the client renews it until further notice, or did when it was lost. */
  readonly keptAlive: boolean;
  /** Reason of a loss. */
  readonly reason: LeaseLossReason | undefined;
  /** Error of a loss, or the last error of the renewals of a `late` one. */
  readonly error: LeaseLostError | EtcdError | undefined;
}

/**
 * News of one claim to a lock, a leadership or a similar name, on `etcd-kit.lock`.
 *
 * - `waiting`: it was asked for. A name that is free is `held` right after.
 * - `held`: it is held from now on.
 * - `gave-up`: the wait ended without it, with this `error`; without an error `tryAcquire` found it taken.
 * - `lost`: it cannot be counted on any more, with this `error`.
 * - `released`: it was given back.
 */
export interface LockDiagnostics {
  /** Sort of the message: see above. */
  readonly kind: 'waiting' | 'held' | 'gave-up' | 'lost' | 'released';
  /** Number of the claim in this process: the same in all its messages. */
  readonly claim: number;
  /** Sort of the claim: `lock`, `election`, `semaphore`, `read-lock` and others. */
  readonly type: string;
  /** Name as it was given to the mutex or the election. */
  readonly name: string;
  /** Key of this session in the queue of the name. */
  readonly key: string;
  /** Fencing token: revision that created the key. `undefined` before it is held. */
  readonly fencingToken: bigint | undefined;
  /** Milliseconds that the wait took. `undefined` for `waiting`. */
  readonly waitedMs: number | undefined;
  /** Milliseconds that it was held, for `lost` and `released`. */
  readonly heldMs: number | undefined;
  /** Error of `lost` and `gave-up`. */
  readonly error: EtcdError | undefined;
}

/** Messages of the plain channels, by the last word of the channel's name. */
export interface DiagnosticMessages {
  /** Messages of `etcd-kit.retry`. */
  readonly retry: RetryDiagnostics;
  /** Messages of `etcd-kit.endpoint`. */
  readonly endpoint: EndpointDiagnostics;
  /** Messages of `etcd-kit.stream`. */
  readonly stream: StreamDiagnostics;
  /** Messages of `etcd-kit.watch`. */
  readonly watch: WatchDiagnostics;
  /** Messages of `etcd-kit.lease`. */
  readonly lease: LeaseDiagnostics;
  /** Messages of `etcd-kit.lock`. */
  readonly lock: LockDiagnostics;
}
