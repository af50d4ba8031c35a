import { type Clock, systemClock } from './internal/clock.js';
import type { EtcdClientOptions } from './options.js';
import type { OpenChannel } from './transport/channel/channel.js';

/** The ground that a client stands on: time and chance, and the connections to its endpoints. */
export interface ClientInternals {
  readonly clock: Clock;
  /** Makes the connections; `undefined` for those that the client's options name. */
  readonly openChannel: OpenChannel | undefined;
}

/** No name of an option, so that it stands in no list of them. Registered: a process may have two builds. */
const INTERNALS = Symbol.for('etcd-kit.internals');

const OF_THE_SYSTEM: ClientInternals = { clock: systemClock, openChannel: undefined };

/** Options of a client that lives on other ground, such as a cluster that is simulated. */
export function withInternals(
  options: EtcdClientOptions,
  internals: ClientInternals,
): EtcdClientOptions {
  const withThem = { ...options, [INTERNALS]: internals };
  return withThem;
}

/** Finds the ground of a client: that of the system, unless its options come from `withInternals`. */
export function internalsOf(options: EtcdClientOptions): ClientInternals {
  return (Reflect.get(options, INTERNALS) as ClientInternals | undefined) ?? OF_THE_SYSTEM;
}
