import type { ClientContext } from '../../model/client-context.js';
import type { Transport } from '../../transport/transport.js';

/** The part of the client that maintenance needs. */
export interface MaintenanceContext extends ClientContext {
  /** The client's endpoints, as they are now. */
  endpoints(): readonly string[];
  /** Makes calls to servers outside the client's endpoints, over connections for these calls alone. */
  withTemporaryTransport<T>(
    endpoints: readonly string[],
    use: (transport: Transport) => Promise<T>,
  ): Promise<T>;
}
