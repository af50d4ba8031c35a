import { ClientClosedError, EtcdError } from '../errors/index.js';
import type { KeyRange } from '../keys/index.js';
import type { Space } from '../records/index.js';
import { StoreProbe } from './store-probe.js';
import { Subscription } from './subscription.js';
import type { WatchContext } from './watch-context.js';
import { checkWatchOptions, type WatchOptions } from './watch-options.js';
import { type WatchRoute, WatchStream, type WatchStreamHost } from './watch-stream.js';
import { Watcher } from './watcher.js';
import type { WatcherSource } from './watcher-contract.js';

/**
 * How a watch travels.
 *
 * - `shared`: on a stream with others.
 * - `own`: on a stream of its own, because it was asked for or starts in the future.
 * - `parked`: on none. Its consumer is too slow, and a shared stream must not wait for it.
 * - `catching-up`: on a stream of its own, which is read as fast as the consumer takes, until it has
 *   caught up with the store and joins the others again.
 */
type Lane = 'shared' | 'own' | 'parked' | 'catching-up';

/** Where a watch is. */
interface Journey {
  readonly route: WatchRoute;
  lane: Lane;
  stream: WatchStream | undefined;
}

/**
 * A watch is back with the others when it is no further behind the store than this: what it has missed
 * by then comes again on the shared stream, which cannot be held back.
 */
const CAUGHT_UP_REVISIONS = 100n;

/** All watches of a client, and the streams they travel on. */
export class WatchHub implements WatchStreamHost {
  readonly #context: WatchContext;
  readonly #probe: StoreProbe;
  readonly #shared = new Map<string, WatchStream>();
  readonly #journeys = new Map<Subscription, Journey>();
  #closed = false;

  /** Nothing is opened before the first watch. */
  constructor(context: WatchContext) {
    this.#context = context;
    this.#probe = new StoreProbe(context.transport);
  }

  /**
   * Begins to watch.
   *
   * @param continues the start revision follows from a read: what was compacted since is an error
   * @throws InvalidArgumentError for an option that is unknown or wrong
   */
  watch<Out>(
    space: Space<Out, never>,
    range: KeyRange,
    options?: WatchOptions,
    continues = false,
  ): Watcher<Out> {
    const checked = checkWatchOptions(options);
    return new Watcher(this.#context, space, checked, (subscriber) => {
      const { requireLeader, metadata, isolated } = checked;
      const { startRevision, prevKv, filter, fragment } = checked;
      const target = { range, startRevision, prevKv, filter, fragment, continues };
      const subscription = new Subscription(target, subscriber);
      const route = { requireLeader, metadata };
      const journey: Journey = { route, lane: isolated ? 'own' : 'shared', stream: undefined };
      if (this.#closed) {
        queueMicrotask(() => subscription.fail(clientClosed()));
      } else {
        this.#journeys.set(subscription, journey);
        this.#depart(subscription, journey);
      }
      return this.#source(subscription, journey);
    });
  }

  /** Ends every watch with `CLIENT_CLOSED`, and every stream. */
  close(): void {
    this.#closed = true;
    for (const subscription of [...this.#journeys.keys()]) {
      this.#leave(subscription);
      subscription.fail(clientClosed());
    }
  }

  onRegistered(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void {
    const journey = this.#journeys.get(subscription);
    if (journey === undefined || journey.lane !== 'shared') return;
    // A watcher that is ahead of the store would silence the progress replies of its whole stream. A
    // member that is merely behind is another matter.
    const { startRevision } = subscription.target;
    const ahead = startRevision > storeRevision + 1n && subscription.point.next === startRevision;
    if (!ahead || subscription.point.seen > storeRevision) return;
    stream.remove(subscription);
    journey.lane = 'own';
    this.#depart(subscription, journey);
  }

  onAdvanced(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void {
    const journey = this.#journeys.get(subscription);
    if (journey === undefined || journey.stream !== stream) return;
    const { hasRoom } = subscription.subscriber;
    switch (journey.lane) {
      case 'shared':
        if (hasRoom) return;
        journey.lane = 'parked';
        stream.remove(subscription);
        journey.stream = undefined;
        return;
      case 'catching-up':
        if (hasRoom && !subscription.holding && isClose(subscription, storeRevision)) {
          journey.lane = 'shared';
          stream.remove(subscription);
          this.#depart(subscription, journey);
        } else if (!hasRoom) {
          stream.hold();
        }
        return;
      default:
        if (!hasRoom) stream.hold();
    }
  }

  onEmpty(stream: WatchStream): void {
    for (const [key, shared] of this.#shared) if (shared === stream) this.#shared.delete(key);
  }

  /** Puts a watch on the stream of its lane. */
  #depart(subscription: Subscription, journey: Journey): void {
    const { route } = journey;
    journey.stream = journey.lane === 'shared' ? this.#sharedStream(route) : this.#open(route);
    journey.stream.add(subscription);
  }

  #sharedStream(route: WatchRoute): WatchStream {
    const key = routeKey(route);
    const stream = this.#shared.get(key) ?? this.#open(route);
    this.#shared.set(key, stream);
    return stream;
  }

  #open(route: WatchRoute): WatchStream {
    return new WatchStream(this.#context, this.#probe, route, this);
  }

  #leave(subscription: Subscription): void {
    const journey = this.#journeys.get(subscription);
    this.#journeys.delete(subscription);
    journey?.stream?.remove(subscription);
  }

  /** What a watcher may do with its own subscription. */
  #source(subscription: Subscription, journey: Journey): WatcherSource {
    return {
      get received() {
        return subscription.point.next - 1n;
      },
      end: () => {
        subscription.end();
        this.#leave(subscription);
      },
      onRoom: () => {
        if (subscription.over || this.#closed) return;
        if (journey.lane === 'parked') {
          journey.lane = 'catching-up';
          this.#depart(subscription, journey);
        } else {
          journey.stream?.release();
        }
      },
      askProgress: async () => {
        const stream = journey.stream?.open;
        if (stream === undefined) return undefined;
        if (!stream.capabilities.trustedProgress) throw untrusted(stream.capabilities.version);
        if (subscription.startsAhead) {
          const revision = await this.#probe.currentRevision(subscription);
          if (revision < subscription.point.next) return revision;
        }
        journey.stream?.requestProgress();
        return undefined;
      },
    };
  }
}

function isClose(subscription: Subscription, storeRevision: bigint): boolean {
  return storeRevision - subscription.point.next < CAUGHT_UP_REVISIONS;
}

function routeKey({ requireLeader, metadata = {} }: WatchRoute): string {
  const entries = Object.entries(metadata).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([requireLeader, entries]);
}

function clientClosed(): ClientClosedError {
  return new ClientClosedError('the client was closed', {
    method: 'Watch.Watch',
    outcome: 'not-applied',
  });
}

function untrusted(version: string | undefined): EtcdError {
  const server = version === undefined ? 'a server of unknown version' : `etcd ${version}`;
  return new EtcdError(
    `${server} may answer a progress request before it has sent all events; 3.4.25 and 3.5.8 are safe (the client option serverVersion states a version that the server does not tell)`,
    { code: 'UNSUPPORTED', method: 'Watch.Watch', outcome: 'not-sent' },
  );
}
