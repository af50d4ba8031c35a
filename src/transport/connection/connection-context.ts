import type { Report } from '../../diagnostics/report.js';
import type { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import type { CallMetadata } from '../transport.js';
import type { ServerInfo } from './capabilities.js';
import type { LookUp } from './dns-endpoints.js';

/** The part of the transport that the balancer and each of its endpoints need to make connections. */
interface ConnectionContext {
  readonly clock: Clock;
  /** The client option that states the server's version; it wins over what the server says. */
  readonly serverVersion: string | undefined;
  /** True if TLS options come from a function: after a refused certificate the next ones may be better. */
  readonly renewsTls?: boolean | undefined;
  /** Milliseconds for a connection and the first answer over it. Default: twice the patience. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds of silence after which the client itself sends a call over a connection. Default: never. */
  readonly idleIntervalMs?: number | undefined;
  /** Makes the channel for one connection. The first call over it shows if a server is there. */
  openChannel(address: Address): Promise<Channel>;
  /** Finds out more about a failure to connect; returns the error to show. Default: the same error. */
  readonly explain?: ((address: Address, error: EtcdError) => Promise<EtcdError>) | undefined;
  /** Returns the metadata of a Status call: with a token only if there is one already. */
  statusMetadata(): CallMetadata;
}

/** The part of the balancer and of the transport that an endpoint needs. */
export interface EndpointContext<Endpoint> extends ConnectionContext {
  /** Returns an error if the server belongs to another cluster than the servers before it. */
  admit(endpoint: Endpoint, info: ServerInfo): EtcdError | undefined;
  /** The endpoint became ready, or stopped being so, or more is known of it. */
  changed(endpoint: Endpoint): void;
  /** The endpoint left something unanswered: what silenced it may have silenced others, too. */
  silent(endpoint: Endpoint): void;
  connected(endpoint: Endpoint): void;
  disconnected(endpoint: Endpoint, error: EtcdError): void;
}

/** Events of endpoints, for the client's own events. */
export interface BalancerEvents {
  connected(endpoint: string): void;
  disconnected(endpoint: string, error: EtcdError): void;
}

/** The part of the transport that the balancer needs. */
export interface BalancerContext extends ConnectionContext {
  /** True if an address without a scheme, `host:port`, means TLS. */
  readonly tls: boolean;
  /** `false`: calls fail at once while every endpoint has failed. Default: they wait for one. */
  readonly waitForReady?: boolean | undefined;
  readonly events: BalancerEvents;
  readonly report?: Report | undefined;
  /** Asks for SRV records. Default: the system's DNS servers. */
  readonly lookUp?: LookUp | undefined;
}
