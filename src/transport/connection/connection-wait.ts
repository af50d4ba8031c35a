import type { EtcdError } from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import type { CallScope } from '../call-scope.js';
import type { Connection } from './endpoint.js';

/** A call that waits for a connection. */
export interface ConnectionWaitContext {
  readonly clock: Clock;
  readonly scope: CallScope;
  /** Functions that look again, to be called when an endpoint has changed. */
  readonly waiting: Set<() => void>;
  find(): Connection | undefined;
  /** Returns the error of a wait that is in vain. */
  hopeless(): EtcdError | undefined;
  /** Makes the error for a deadline that passes meanwhile. */
  explain(): EtcdError;
  /** Makes the endpoints try again now. */
  hurry(): void;
  /** Upper limit on the pauses of endpoints while this waits; default: their own. */
  readonly longestPauseMs: (() => number) | undefined;
}

/** Waits until a connection can be had, or waiting is in vain, as long as the call may wait. */
export function waitForConnection(context: ConnectionWaitContext): Promise<Connection> {
  const { clock, scope, waiting, longestPauseMs } = context;
  return scope.waiting<Connection>(
    (resolve, reject) => {
      let impatience: TimerHandle | undefined;
      const leave = (): void => {
        impatience?.cancel();
        waiting.delete(check);
      };
      const hurryIn = (pauseMs: () => number): void => {
        impatience = clock.setTimeout(() => {
          hurryIn(pauseMs);
          context.hurry();
        }, pauseMs());
      };
      const check = (): void => {
        const connection = context.find();
        const error = connection === undefined ? context.hopeless() : undefined;
        if (connection === undefined && error === undefined) return;
        leave();
        if (connection !== undefined) resolve(connection);
        else if (error !== undefined) reject(error);
      };
      waiting.add(check);
      if (longestPauseMs !== undefined) hurryIn(longestPauseMs);
      check();
      return leave;
    },
    () => context.explain(),
  );
}
