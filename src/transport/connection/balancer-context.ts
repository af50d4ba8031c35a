import type { Report } from '../../diagnostics/report.js';
import type { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import type { CallMetadata } from '../transport.js';
import type { LookUp } from './dns-endpoints.js';

/** Events of endpoints, for the client's own events. */
export interface BalancerEvents {
  connected(endpoint: string): void;
  disconnected(endpoint: string, error: EtcdError): void;
}

/** The part of the transport that the balancer needs. */
export interface BalancerContext {
  readonly clock: Clock;
  readonly serverVersion: string | undefined;
  /** True if a bare `host:port` is spoken to over TLS. */
  readonly tls: boolean;
  /** TLS options come from a function: the next ones may be better. */
  readonly renewsTls?: boolean | undefined;
  /** See `EndpointContext`. */
  readonly connectTimeoutMs?: number | undefined;
  readonly idleIntervalMs?: number | undefined;
  /** `false`: calls fail at once while every endpoint has failed. Default: they wait for one. */
  readonly waitForReady?: boolean | undefined;
  readonly events: BalancerEvents;
  readonly report?: Report | undefined;
  /** Asks for SRV records. Default: the system's DNS servers. */
  readonly lookUp?: LookUp | undefined;
  openChannel(address: Address): Promise<Channel>;
  /** Finds out more about a failure to connect. Default: the failure tells all. */
  readonly explain?: ((address: Address, error: EtcdError) => Promise<EtcdError>) | undefined;
  statusMetadata(): CallMetadata;
}
