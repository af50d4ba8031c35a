import type { EtcdError } from '../../errors/index.js';
import type { Method } from '../../rpc/method.js';
import type { Connection } from '../connection/endpoint.js';
import type { Transport, TransportCallOptions } from '../transport.js';

/** Options of a single attempt. */
export interface AttemptOptions {
  /** Milliseconds until the attempt fails; 0 for no limit. */
  readonly timeoutMs: number;
  /** Repeating the attempt after an unknown outcome does no harm. */
  readonly repeatable: boolean;
  /** The attempt changes nothing: a gathered transaction of reads. */
  readonly readOnly: boolean;
}

/** State of a call that began before the transport hears of it. */
export interface CallProgress {
  /** The time at which the call was made, on the clock's scale: its deadline counts from there. */
  readonly since: number;
  /** The first attempt, which failed. Default: none was made. */
  readonly failed?: { readonly connection: Connection; readonly error: EtcdError } | undefined;
}

/**
 * A transport whose attempts can be steered from above. The batching decides which connection a batch goes
 * over. After a failed batch it hands each call back, to go on by itself.
 *
 * The two verbs stand apart from `Transport`: a connection is made of gRPC, whose types must not show there.
 */
export interface SteeredTransport extends Transport {
  /** Connections that calls go over now, in turn. The array stays the same until they change. */
  readonly connections: readonly Connection[];
  /**
   * Makes one attempt, over this connection or not at all. Once sent it is never cancelled: giving up
   * means not listening any more, because cancelled transactions have made servers crash.
   */
  attempt<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    connection: Connection,
    options: AttemptOptions,
  ): Promise<Response>;
  /** Goes on with a call: after its failed attempt as after any other, or with its first. */
  goOn<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
    progress: CallProgress,
  ): Promise<Response>;
}
