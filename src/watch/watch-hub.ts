import type { WatchStatus } from '../diagnostics/status.js';
import { clientClosed, EtcdError } from '../errors/index.js';
import { withWholeJson } from '../internal/printable.js';
import type { ClientContext } from '../model/client-context.js';
import type { KeyRange } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import { StoreProbe } from './store-probe.js';
import type { Subscription, SubscriptionRoutes } from './subscription.js';
import type { WatchRoute } from './watch-options.js';
import { checkWatchOptions, checkWatchRange, type WatchOptions } from './watch-options.js';
import { type StreamHub, WatchStream } from './watch-stream.js';
import { Watcher } from './watcher.js';

/**
 * The kind of stream that a watch is on.
 *
 * - `shared`: with other watches.
 * - `own`: alone, because it was asked for or starts in the future.
 * - `parked`: on no stream. Its consumer is too slow, and a shared stream must not wait for it.
 * - `catching-up`: alone, on a stream that is read as fast as the consumer takes, until it has caught up
 *   with the store and joins the others again.
 */
type StreamKind = 'shared' | 'own' | 'parked' | 'catching-up';

/** The way of a watch: the stream it is on, and how to open another. */
interface WatchRouting {
  readonly route: WatchRoute;
  kind: StreamKind;
  stream: WatchStream | undefined;
}

/**
 * A watch joins the others again when it is at most this many revisions behind the store. What it has missed
 * by then comes on the shared stream, which cannot be held back.
 */
const CAUGHT_UP_REVISIONS = 100n;

/** The end of watches with their client. */
const WATCH_ENDED = { method: 'Watch.Watch', outcome: 'not-applied' } as const;

/** All watches of a client, and the streams they are on. */
export class WatchHub implements StreamHub, SubscriptionRoutes {
  readonly #context: ClientContext;
  readonly #probe: StoreProbe;
  readonly #shared = new Map<string, WatchStream>();
  readonly #routings = new Map<Subscription, WatchRouting>();
  #closed = false;

  /** Nothing is opened before the first watch. */
  constructor(context: ClientContext) {
    this.#context = context;
    this.#probe = new StoreProbe(context.transport);
  }

  /**
   * Begins to watch.
   *
   * @param continues the start revision follows from a read: what was compacted since is an error
   * @throws InvalidArgumentError for an empty range, and for an option that is unknown or wrong
   */
  watch<Out>(
    space: Space<Out, never>,
    range: KeyRange,
    options?: WatchOptions,
    continues = false,
  ): Watcher<Out> {
    const checked = checkWatchOptions(options);
    checkWatchRange(range);
    const { startRevision, prevKv, filter, fragment } = checked;
    const target = { range, startRevision, prevKv, filter, fragment, continues };
    return new Watcher({ ...this.#context, routes: this, space, target }, checked);
  }

  /** State of each watch, for people. */
  get status(): readonly WatchStatus[] {
    return [...this.#routings].map(([subscription, { kind }]) => {
      const { key, buffer, behind } = subscription;
      const state = kind === 'parked' || kind === 'catching-up' ? kind : subscription.state;
      return withWholeJson({ key, revision: buffer.revision, state, behind });
    });
  }

  /** Ends every watch with `CLIENT_CLOSED`, and every stream. */
  close(): void {
    this.#closed = true;
    for (const subscription of [...this.#routings.keys()])
      subscription.fail(clientClosed(WATCH_ENDED));
  }

  enter(subscription: Subscription, route: WatchRoute, isolated: boolean): void {
    if (this.#closed) {
      queueMicrotask(() => subscription.fail(clientClosed(WATCH_ENDED)));
      return;
    }
    const routing: WatchRouting = { route, kind: isolated ? 'own' : 'shared', stream: undefined };
    this.#routings.set(subscription, routing);
    this.#attach(subscription, routing);
  }

  leave(subscription: Subscription): void {
    const routing = this.#routings.get(subscription);
    this.#routings.delete(subscription);
    routing?.stream?.remove(subscription);
  }

  onRoom(subscription: Subscription): void {
    const routing = this.#routings.get(subscription);
    if (routing === undefined) return;
    if (routing.kind === 'parked') {
      routing.kind = 'catching-up';
      this.#attach(subscription, routing);
    } else {
      routing.stream?.release();
    }
  }

  async askProgress(subscription: Subscription): Promise<bigint | undefined> {
    const stream = this.#routings.get(subscription)?.stream;
    const capabilities = stream?.open?.capabilities;
    if (stream === undefined || capabilities === undefined) return undefined;
    if (!capabilities.trustedProgress) throw untrusted(capabilities.version);
    if (subscription.startsAhead) {
      const revision = await this.#probe.currentRevision(subscription);
      if (revision < subscription.point.next) return revision;
    }
    stream.requestProgress(subscription);
    return undefined;
  }

  onRegistered(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void {
    const routing = this.#routings.get(subscription);
    if (routing === undefined || routing.kind !== 'shared') return;
    // A watcher that is ahead of the store would silence the progress replies of its whole stream. A
    // member that is merely behind is another matter.
    const { startRevision } = subscription.target;
    const ahead = startRevision > storeRevision + 1n && subscription.point.next === startRevision;
    if (!ahead || subscription.point.seen > storeRevision) return;
    stream.remove(subscription);
    routing.kind = 'own';
    this.#attach(subscription, routing);
  }

  onAdvanced(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void {
    const routing = this.#routings.get(subscription);
    if (routing === undefined || routing.stream !== stream) return;
    const { full } = subscription.buffer;
    switch (routing.kind) {
      case 'shared':
        if (!full) return;
        routing.kind = 'parked';
        stream.remove(subscription);
        routing.stream = undefined;
        subscription.onParked();
        return;
      case 'catching-up':
        if (!full && !subscription.holding && isClose(subscription, storeRevision)) {
          routing.kind = 'shared';
          stream.remove(subscription);
          this.#attach(subscription, routing);
          subscription.onCaughtUp();
        } else if (full) {
          stream.hold();
        }
        return;
      default:
        if (full) stream.hold();
    }
  }

  onEmpty(stream: WatchStream): void {
    for (const [key, shared] of this.#shared) if (shared === stream) this.#shared.delete(key);
  }

  /** Puts a watch on a stream of its kind. */
  #attach(subscription: Subscription, routing: WatchRouting): void {
    const { route, kind } = routing;
    routing.stream = kind === 'shared' ? this.#sharedStream(route) : this.#open(route);
    routing.stream.add(subscription);
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
}

function isClose(subscription: Subscription, storeRevision: bigint): boolean {
  return storeRevision - subscription.point.next < CAUGHT_UP_REVISIONS;
}

function routeKey({ requireLeader, metadata = {} }: WatchRoute): string {
  const entries = Object.entries(metadata).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([requireLeader, entries]);
}

function untrusted(version: string | undefined): EtcdError {
  const server = version === undefined ? 'a server of unknown version' : `etcd ${version}`;
  return new EtcdError(
    `${server} may answer a progress request before it has sent all events; 3.4.25 and 3.5.8 are safe (the client option serverVersion states a version that the server does not tell)`,
    { code: 'UNSUPPORTED', method: 'Watch.Watch', outcome: 'not-sent' },
  );
}
