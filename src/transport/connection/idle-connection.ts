import type { Clock, TimerHandle } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';
import type { Channel } from '../channel/channel.js';
import type { Pace } from './pace.js';

/** A connection that is to be used now and then. */
export interface IdleContext {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** A number that changes with everything that arrives. */
  heard(): number;
  /** Uses the connection. */
  use(): void;
}

/**
 * Uses a connection whenever nothing came over it for an interval; answers how to stop. Networks keep what is
 * in use, and an answer is more than one to a ping, which the server would refuse from an idle client.
 */
export function keepInUse({ clock, intervalMs, heard, use }: IdleContext): () => void {
  let timer: TimerHandle;
  const wait = (): void => {
    const before = heard();
    timer = clock.setTimeout(() => {
      if (heard() === before) use();
      wait();
    }, intervalMs);
    timer.unref();
  };
  wait();
  return () => timer.cancel();
}

/** A server, as those know it who wait for a word of it. */
interface ListenedTo {
  readonly pace: Pace;
  /** Returns a number that changes with everything that arrives over this channel. */
  heard(channel: Channel): number;
}

/**
 * Ends a connection that was given up, when nothing arrives there for as long again. Otherwise the calls that
 * were left on it would wait until pings fail, or for ever.
 */
export function destroyIfSilent(channel: Channel, server: ListenedTo, clock: Clock): void {
  const before = server.heard(channel);
  const end = (): void => {
    if (server.heard(channel) === before) channel.destroy();
  };
  setPatience(clock, end, server.pace.patienceMs).unref();
}
