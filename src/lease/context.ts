import type { ClientContext } from '../model/client-context.js';
import type { Keyspace } from '../model/keys/index.js';
import type { LeaseKeeper } from './keeper.js';

/** The part of the client that leases share. */
export interface LeaseContext extends ClientContext {
  readonly keeper: LeaseKeeper;
  /** The client's namespace, in which the names of attached keys are told. */
  readonly keyspace: Keyspace;
}
