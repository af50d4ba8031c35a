import type { Report } from '../../diagnostics/report.js';
import { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type { CoarseTimers } from '../../internal/coarse-timers.js';
import type { Method } from '../../rpc/method.js';
import type { CancelCall } from '../channel/channel.js';
import type { AuthToken } from '../connection/auth-token.js';
import type { Balancer } from '../connection/balancer.js';
import type { Connection } from '../connection/endpoint.js';
import type { CallMetadata, TransportCallOptions } from '../transport.js';
import type { RetryOptions } from './retry.js';

/** A call that waits for its answer, and looks after its server when the time for that has come. */
export interface Waiting {
  look(): void;
}

/** The context that calls share: the servers, the token, the metadata. */
export interface CallContext {
  readonly clock: Clock;
  readonly balancer: Balancer;
  readonly auth: AuthToken | undefined;
  readonly retry: RetryOptions | undefined;
  readonly report?: Report | undefined;
  /** Functions that end calls which nobody waits for any more and that were not to be cancelled. */
  readonly abandoned: Set<CancelCall>;
  /** The times at which calls under way look after their servers: see `SilenceWatch`. */
  readonly looks: CoarseTimers<Waiting>;
  metadata(token: string | undefined, options: TransportCallOptions): CallMetadata;
}

/** A call that changes nothing, so that repeating it does no harm. */
export function isRead<Request, Response>({ retry }: Method<Request, Response>): boolean {
  return retry === 'read' || retry === 'pinned-read';
}

/** The server answered, so it acted; what it said cannot be read. */
export function unreadable(method: string, connection: Connection, cause: unknown): EtcdError {
  return new EtcdError('the answer of the server cannot be read', {
    code: 'INTERNAL',
    method,
    endpoint: connection.endpoint.name,
    cause,
  });
}
