import type { EtcdError } from '../errors/index.js';
import type { KeyRange } from '../keys/index.js';
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

/** What a watch is about, as the wire needs it. */
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

/** Who consumes a subscription. */
export interface Subscriber {
  /** A server has registered it for the first time. */
  onReady(): void;
  /** All events of a revision that concern it. */
  onBatch(raw: EventRun): void;
  /** Whether more can be taken; what comes in spite of that is taken, too. */
  readonly hasRoom: boolean;
  /** Everything up to this revision was received. */
  onProgress(revision: bigint): void;
  onDisconnected(error: EtcdError | undefined): void;
  onResumed(): void;
  /** It is over: nothing follows. */
  onFailed(error: EtcdError): void;
}

/** A revision that is gone whenever any is: it brings the server to tell what is left. */
const OLDEST_REVISION = 1n;

/** What survives of a watch from one stream to the next: what it is about, and how far it is. */
export class Subscription {
  readonly target: WatchTarget;
  readonly subscriber: Subscriber;
  /** As of the last whole response. */
  #point: ResumePoint;
  /**
   * The last revision of the present response that the subscriber was given. It comes on top of the
   * point, which would be a new one for each of ten thousand revisions.
   */
  #given: number | bigint | undefined;
  readonly #merger = new RevisionMerger();
  #requested = 0n;
  #created = false;
  #disconnected = false;
  #denied = false;
  #over = false;

  constructor(target: WatchTarget, subscriber: Subscriber) {
    this.target = target;
    this.subscriber = subscriber;
    this.#point = startingAt(target.startRevision);
  }

  get point(): ResumePoint {
    if (this.#given === undefined) return this.#point;
    return afterEvents(this.#point, BigInt(this.#given), this.#point.seen);
  }

  /** Cancelled or failed: nothing more may reach the subscriber. */
  get over(): boolean {
    return this.#over;
  }

  /** A server had it registered at least once. */
  get created(): boolean {
    return this.#created;
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

  /** It goes on from a known place, so that nothing may have been compacted away since. */
  get continues(): boolean {
    return (this.#created || this.target.continues) && this.#point.next > 1n;
  }

  /**
   * How to ask for the rest.
   *
   * @param lost the next revision is known to be compacted: the server shall say how far
   */
  createRequest(lost: boolean): WatchCreateRequestInput {
    const { range, prevKv, filter, fragment } = this.target;
    this.#requested = this.#point.next;
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
  onCreated(storeRevision: bigint): void {
    this.#denied = false;
    this.#point = afterCreated(this.#point, storeRevision);
    if (!this.#created) {
      this.#created = true;
      this.subscriber.onReady();
    }
    if (this.#disconnected) {
      this.#disconnected = false;
      this.subscriber.onResumed();
    }
  }

  /** Events came. The resume point moves with each revision that the subscriber is given. */
  onEvents({ runs, fragment }: WatchMessage, storeRevision: bigint): void {
    for (const raw of this.#merger.add(runs, fragment, this.#point.next)) {
      this.#given = raw.revision;
      this.subscriber.onBatch(raw);
      if (this.#over) break;
    }
    if (this.#given === undefined) return;
    this.#point = afterEvents(this.#point, BigInt(this.#given), storeRevision);
    this.#given = undefined;
  }

  /** The server has sent everything up to this revision. */
  onProgress(storeRevision: bigint): void {
    if (this.#merger.holding) return;
    this.#point = afterProgress(this.#point, storeRevision);
    this.subscriber.onProgress(this.#point.next - 1n);
  }

  /** It left its stream, or the stream ended; what was received in part comes again. */
  onDetached(): void {
    this.#merger.clear();
  }

  /** The stream ended, and another will follow. */
  onBroken(error: EtcdError | undefined): void {
    this.onDetached();
    if (!this.#created || this.#disconnected) return;
    this.#disconnected = true;
    this.subscriber.onDisconnected(error);
  }

  /** Nothing more may reach the subscriber. */
  end(): void {
    this.#over = true;
  }

  /** Ends it with an error. */
  fail(error: EtcdError): void {
    if (this.#over) return;
    this.#over = true;
    this.subscriber.onFailed(error);
  }
}
