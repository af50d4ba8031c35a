import type { OpenChannel } from './channel.js';
import { openDirectChannel } from './direct-channel.js';
import { openGrpcJsChannel } from './grpc-js-channel.js';

/** The way in which a client speaks gRPC: by the library grpc-js, or by HTTP/2 of its own. */
export type Wire = 'grpc-js' | 'direct';

const OPENERS: Readonly<Record<Wire, OpenChannel>> = {
  'grpc-js': openGrpcJsChannel,
  direct: openDirectChannel,
};

/** The names of all wires. */
export const WIRES = Object.keys(OPENERS) as readonly Wire[];

/** Returns whether a value names a wire. */
export function isWire(value: unknown): value is Wire {
  return typeof value === 'string' && Object.hasOwn(OPENERS, value);
}

/** Returns the function that makes the connections of a wire. */
export function openerOf(wire: Wire): OpenChannel {
  return OPENERS[wire];
}
