import type { EtcdError } from '../errors/index.js';
import type { Connection } from './endpoint.js';
import type { TransportCallOptions } from './transport.js';

/**
 * The options of a call whose place was chosen before, as gathered calls' is. They stand apart from those
 * that the layers above know: a connection is made of gRPC, whose types must not show in theirs.
 */
export interface PlacedCallOptions extends TransportCallOptions {
  /** The first attempt goes over this connection as long as it can be used. */
  readonly via?: Connection | undefined;
  /** One attempt, over `via` or not at all: the caller goes on by itself. */
  readonly once?: boolean | undefined;
  /** How the attempt over `via` failed, which was made by other means and counts as the first. */
  readonly after?: EtcdError | undefined;
}
