import type { CallMetadata } from '../transport/transport.js';

/** Watches with equal settings share one gRPC stream. */
export interface WatchRoute {
  readonly requireLeader: boolean;
  readonly metadata: CallMetadata | undefined;
}
