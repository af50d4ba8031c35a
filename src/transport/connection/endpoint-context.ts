import type { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import type { CallMetadata } from '../transport.js';
import type { ServerInfo } from './capabilities.js';

/** The part of the client that an endpoint needs. */
export interface EndpointContext<Endpoint> {
  readonly clock: Clock;
  /** The client option that states the server's version. */
  readonly serverVersion: string | undefined;
  /** TLS options come from a function: the next ones may be better. */
  readonly renewsTls?: boolean | undefined;
  /** Milliseconds for a connection and the first answer over it. Default: twice the patience. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds of silence after which a connection is used by the client itself. Default: never. */
  readonly idleIntervalMs?: number | undefined;
  openChannel(address: Address): Promise<Channel>;
  /** Finds out more about a failure to connect; answers the error that tells it. */
  readonly explain?: ((address: Address, error: EtcdError) => Promise<EtcdError>) | undefined;
  /** The metadata of a Status call: with a token only if there is one already. */
  statusMetadata(): CallMetadata;
  /** Returns whether the server is of the right cluster: an error when it is not. */
  admit(endpoint: Endpoint, info: ServerInfo): EtcdError | undefined;
  /** The endpoint became ready, or stopped being so, or more is known of it. */
  changed(endpoint: Endpoint): void;
  /** The endpoint left something unanswered: what silenced it may have silenced others, too. */
  silent(endpoint: Endpoint): void;
  connected(endpoint: Endpoint): void;
  disconnected(endpoint: Endpoint, error: EtcdError): void;
}
