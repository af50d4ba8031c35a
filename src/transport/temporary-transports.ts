import { GrpcTransport } from './grpc-transport.js';
import type { Transport } from './transport.js';
import type { TransportContext } from './transport-context.js';

/** Temporary transports to servers outside the endpoints of a client, each for one call. */
export class TemporaryTransports {
  readonly #open = new Set<GrpcTransport>();

  /** Makes a transport for one use, and closes it afterwards. Nobody is told of its connections. */
  async use<T>(
    context: Omit<TransportContext, 'events' | 'report'>,
    use: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const transport = new GrpcTransport({ ...context, events: SILENT, report: undefined });
    this.#open.add(transport);
    try {
      return await use(transport);
    } finally {
      this.#open.delete(transport);
      await transport.close();
    }
  }

  /** Ends those that are in use. */
  async close(): Promise<void> {
    for (const transport of this.#open) await transport.close();
  }
}

/** Connections to other servers than the client's endpoints cause no events. */
const SILENT: TransportContext['events'] = { connected: () => {}, disconnected: () => {} };
