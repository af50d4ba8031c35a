import type { Report } from '../diagnostics/report.js';
import type { Clock } from '../internal/clock.js';
import type { RetryOptions } from './call/retry.js';
import type { OpenChannel } from './channel/channel.js';
import type { KeepAliveOptions } from './channel/keep-alive-options.js';
import type { TlsSource } from './channel/tls-options.js';
import type { Wire } from './channel/wire.js';
import type { AuthOptions } from './connection/auth-token.js';
import type { BalancerEvents } from './connection/connection-context.js';
import type { CallMetadata } from './transport.js';

/** Settings of a transport: the client's options, checked. */
export interface TransportContext {
  readonly endpoints: readonly string[];
  /** Milliseconds of a unary call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly tls?: TlsSource | undefined;
  readonly auth?: AuthOptions | undefined;
  readonly keepAlive?: KeepAliveOptions | undefined;
  readonly connectTimeoutMs?: number | undefined;
  readonly maxReceiveBytes?: number | undefined;
  readonly authority?: string | undefined;
  readonly waitForReady?: boolean | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly metadata?: CallMetadata | undefined;
  readonly requireLeader?: boolean | undefined;
  readonly serverVersion?: string | undefined;
  readonly clock: Clock;
  readonly wire: Wire;
  /** Makes the connections. Default: over the wire, by sockets. */
  readonly openChannel?: OpenChannel | undefined;
  readonly events: BalancerEvents;
  readonly report?: Report | undefined;
}
