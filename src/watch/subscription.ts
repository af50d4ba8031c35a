import { EtcdError } from '../errors/index.js';
import { deferred } from '../internal/deferred.js';
import type { KeyRange } from '../model/keys/index.js';
import type { WatchCreateRequestInput } from '../rpc/generated/types.js';
import type { EventRun, WatchMessage } from '../rpc/watch-message.js';
import {
  afterCreated,
  afterEvents,
  afterProgress,
  type ResumePoint,
  startingAt,
} from './resume-point.js';
import { RevisionMerger } from './revision-merger.js';
import { errorOfEnd, WatchBuffer, type WatchEnd } from './watch-buffer.js';
import { WatchNews, type WatchNewsContext } from './watch-news.js';

/** The keys and events that a watch asks for, as the wire has them. */
export interface WatchTarget {
  readonly range: KeyRange;
  readonly startRevision: bigint;
  readonly prevKv: boolean;
  readonly filter: 'put' | 'delete' | undefined;
  readonly fragment: boolean;
  /**
   * The start follows from a read, so that nothing between may be missing: what is checked when a
   * watcher resumes is checked at its start already.
   */
  readonly continues: boolean;
}

/** The streams that a subscription can be on. */
export interface SubscriptionRoutes {
  /** Ends it on the server. */
  leave(subscription: Subscription): void;
  /** The buffer, which was full, has room again. */
  onRoom(subscription: Subscription): void;
  /**
   * Asks the server how far it is; the answer comes as progress.
   *
   * @returns the answer where it is known already
   */
  askProgress(subscription: Subscription): Promise<bigint | undefined>;
}

/** Settings of a subscription, and what is called when something has happened to it. */
export interface SubscriptionContext extends WatchNewsContext {
  readonly routes: SubscriptionRoutes;
  readonly highWaterMark: number;
  /** Revisions are in the buffer: all that a response has. */
  onRevisions(): void;
  /** Everything up to this revision is in the buffer, or was before. */
  onProgress(revision: bigint): void;
  onDisconnected(error: EtcdError | undefined): void;
  onResumed(): void;
  /** The buffer is closed. */
  onEnd(end: WatchEnd): void;
}

/** A revision that is gone whenever any is: it brings the server to tell what is left. */
const OLDEST_REVISION = 1n;

/** A watch from one stream to the next: what it is about, how far it is, and what it has received. */
export class Subscription {
  readonly target: WatchTarget;
  readonly buffer: WatchBuffer;
  readonly #context: SubscriptionContext;
  readonly #ready = deferred();
  /** The position as of the last response. */
  #point: ResumePoint;
  /**
   * Events below this revision are repetitions. Not always the point: a watch from now on may receive,
   * on the stream that has created it, events as old as the revision it was created at.
   */
  #repeated: bigint;
  readonly #merger = new RevisionMerger();
  readonly #news: WatchNews;
  #requested = 0n;
  #created = false;
  #disconnected = false;
  #denied = false;

  constructor(target: WatchTarget, context: SubscriptionContext) {
    const { startRevision } = target;
    this.target = target;
    this.#context = context;
    this.#news = new WatchNews(context, target.range);
    this.#point = startingAt(startRevision);
    this.#repeated = startRevision;
    this.buffer = new WatchBuffer({
      highWaterMark: context.highWaterMark,
      startedAt: startRevision > 0n ? startRevision - 1n : undefined,
      onRoom: () => context.routes.onRoom(this),
    });
  }

  /** Resolves when a server has registered it for the first time; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** A server has registered it, if only once. */
  get begun(): boolean {
    return this.#created;
  }

  get point(): ResumePoint {
    return this.#point;
  }

  /** First key, as text. */
  get key(): string {
    return this.#news.key;
  }

  /** State on its stream, for people. */
  get state(): 'opening' | 'watching' | 'disconnected' {
    if (!this.#created) return 'opening';
    return this.#disconnected ? 'disconnected' : 'watching';
  }

  /** Revisions of the store, as far as it was told of them, that were not handed over. */
  get behind(): number {
    const { revision } = this.buffer;
    if (revision === undefined || revision >= this.#point.seen) return 0;
    return Number(this.#point.seen - revision);
  }

  /** Cancelled or failed: nothing more is received. */
  get over(): boolean {
    return this.buffer.end !== undefined;
  }

  /** A part of a revision is held back until the rest comes. */
  get holding(): boolean {
    return this.#merger.holding;
  }

  /**
   * The present stream was asked for a revision that its store has not reached, as far as is known. A
   * server that is not there yet answers no progress request.
   */
  get startsAhead(): boolean {
    return this.#requested > this.#point.seen;
  }

  /** True if it goes on from a known revision, so that nothing may have been compacted away since. */
  get continues(): boolean {
    return (this.#created || this.target.continues) && this.#point.next > 1n;
  }

  /**
   * The request for what is still to be received.
   *
   * @param lost the next revision is known to be compacted: the server shall say how far
   */
  createRequest(lost: boolean): WatchCreateRequestInput {
    const { range, prevKv, filter, fragment } = this.target;
    this.#requested = this.#point.next;
    this.#repeated = this.#point.next;
    return {
      key: range.key,
      rangeEnd: range.rangeEnd,
      startRevision: lost ? OLDEST_REVISION : this.#point.next,
      prevKv,
      filters: filter === undefined ? [] : [filter === 'put' ? 'NODELETE' : 'NOPUT'],
      // A quiet watcher's resume point must keep ahead of compactions.
      progressNotify: true,
      fragment,
    };
  }

  /** Asks the server how far it is, as its routes do. */
  askProgress(): Promise<bigint | undefined> {
    return this.#context.routes.askProgress(this);
  }

  /**
   * A server denied the permission.
   *
   * @returns whether for the first time since it was last registered: that may be a token that expired
   */
  onDenied(): boolean {
    const first = !this.#denied;
    this.#denied = true;
    return first;
  }

  /** A server has registered it. */
  onCreated(storeRevision: bigint, endpoint: string): void {
    this.#denied = false;
    this.#point = afterCreated(this.#point, storeRevision);
    if (!this.#created) {
      this.#created = true;
      this.buffer.start(this.#point.next - 1n);
      this.#news.tell('opened', this.#received, { endpoint });
      this.#ready.resolve();
    }
    if (this.#disconnected) {
      this.#disconnected = false;
      this.#news.tell('resumed', this.#received, { endpoint });
      this.#context.onResumed();
    }
  }

  /** Events came. */
  onEvents({ runs, fragment }: WatchMessage, storeRevision: bigint): void {
    let last: EventRun | undefined;
    let unknown: EventRun | undefined;
    for (const run of this.#merger.add(runs, fragment, this.#repeated)) {
      if (run.unknownType !== undefined) {
        unknown = run;
        break;
      }
      last = run;
      this.buffer.push(run);
    }
    if (last !== undefined) {
      this.#context.onRevisions();
      if (this.over) return;
      const revision = BigInt(last.revision);
      this.#point = afterEvents(this.#point, revision, storeRevision);
      this.#repeated = revision + 1n;
    }
    if (unknown !== undefined) this.fail(unknownEvent(unknown));
  }

  /** The server has sent everything up to this revision. */
  onProgress(storeRevision: bigint): void {
    if (this.#merger.holding) return;
    this.#point = afterProgress(this.#point, storeRevision);
    this.#repeated = this.#point.next;
    const received = this.#point.next - 1n;
    this.buffer.progress(received);
    this.#context.onProgress(received);
  }

  /** Called when it has left the stream that it shared, because its consumer is too slow. */
  onParked(): void {
    this.#news.tell('parked', this.#received);
  }

  /** Called when it is back on the shared stream. */
  onCaughtUp(): void {
    this.#news.tell('caught-up', this.#received);
  }

  /** Revision up to which everything was received. */
  get #received(): bigint | undefined {
    return this.#point.next === 0n ? undefined : this.#point.next - 1n;
  }

  /** Called when it left its stream, or the stream ended; what was received in part comes again. */
  onDetached(): void {
    this.#merger.clear();
  }

  /** The stream ended, and another will follow. */
  onBroken(error: EtcdError | undefined): void {
    this.onDetached();
    if (!this.#created || this.#disconnected) return;
    this.#disconnected = true;
    this.#news.broken();
    this.#context.onDisconnected(error);
  }

  /** Ends it with an error. */
  fail(error: EtcdError): void {
    this.end({ kind: 'failed', error });
  }

  /** Ends it, here and on the server. The first end counts. */
  end(end: WatchEnd): void {
    if (this.over) return;
    this.buffer.close(end);
    this.#context.routes.leave(this);
    this.#news.tell('ended', this.#received, {
      error: end.kind === 'failed' ? end.error : undefined,
    });
    if (!this.#created) this.#ready.reject(errorOfEnd(end));
    this.#context.onEnd(end);
  }
}

function unknownEvent({ revision, unknownType }: EventRun): EtcdError {
  return new EtcdError(
    `the server sent an event of type ${unknownType} (revision ${revision}): this client knows puts and deletions only, and a newer version of it may know more`,
    { code: 'UNSUPPORTED', method: 'Watch.Watch', outcome: 'not-applied' },
  );
}
