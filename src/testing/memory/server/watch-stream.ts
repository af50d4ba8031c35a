import { EMPTY_BYTES } from '../../../internal/bytes.js';
import type { TimerHandle } from '../../../internal/clock.js';
import type {
  EventInput,
  WatchCreateRequest,
  WatchRequest,
  WatchResponseInput,
} from '../../../rpc/generated/types.js';
import { Refusal, refusals, statusText } from '../refusals.js';
import { binaryKey, isWithin, type KeyBounds, keyBounds } from '../store/binary-key.js';
import type { Commit, StoreEvent } from '../store/mvcc-store.js';
import { type Call, duplex, type Sender, type StreamHandler, type StreamRpc } from './call.js';
import { inFragments } from './fragments.js';
import type { Member } from './member.js';

/** The id in answers that are about no watcher, or about all of them. */
const NO_WATCHER = -1n;
/** The smallest key: stands for an empty one. */
const SMALLEST_KEY = new Uint8Array(1);
/** Upper limit on the revisions in one message of history. */
const REVISIONS_PER_MESSAGE = 1_000;
/** The part of the progress interval by which chance makes it longer. */
const PROGRESS_JITTER = 0.1;

interface Watcher {
  readonly id: bigint;
  readonly bounds: KeyBounds;
  readonly request: WatchCreateRequest;
  /** The first revision that it has not been told of. */
  next: bigint;
  /** True once it was refused as compacted: until it is cancelled it counts as one that is behind. */
  compacted: boolean;
  /** True if it was told of something since the last time of progress. */
  told: boolean;
}

/** The watch service of a member. */
export function watchService(member: Member): StreamRpc {
  return duplex(
    '/etcdserverpb.Watch/Watch',
    'etcdserverpb.WatchRequest',
    'etcdserverpb.WatchResponse',
    (sender, call) => new WatchStream(member, sender, call),
  );
}

/** One watch stream: watchers that share a connection. */
export class WatchStream implements StreamHandler<WatchRequest> {
  readonly #member: Member;
  readonly #sender: Sender<WatchResponseInput>;
  readonly #call: Call;
  readonly #watchers = new Map<bigint, Watcher>();
  #nextId = 0n;
  #progress: TimerHandle;

  constructor(member: Member, sender: Sender<WatchResponseInput>, call: Call) {
    this.#member = member;
    this.#sender = sender;
    this.#call = call;
    this.#progress = this.#planProgress();
    member.watches.add(this);
    call.whenOver(() => this.#close());
  }

  message({ createRequest, cancelRequest, progressRequest }: WatchRequest): void {
    if (createRequest !== undefined) this.#create(createRequest);
    else if (cancelRequest !== undefined) this.#cancel(cancelRequest.watchId);
    else if (progressRequest !== undefined) this.#reportAll();
  }

  halfClose(): void {
    this.#close();
    this.#sender.end();
  }

  committed(commit: Commit): void {
    for (const watcher of this.#watchers.values()) {
      if (!watcher.compacted && commit.revision >= watcher.next) this.#tell(watcher, [commit]);
    }
  }

  #create(request: WatchCreateRequest): void {
    const { store } = this.#member.replica;
    const key = request.key.length === 0 ? SMALLEST_KEY : request.key;
    const reason = this.#refusal({ ...request, key });
    if (reason !== undefined) {
      this.#refuse(reason);
      return;
    }
    const id = this.#chooseId(request.watchId);
    if (id === undefined) {
      this.#refuse('mvcc: duplicate watch ID provided on the WatchStream');
      return;
    }
    const { startRevision } = request;
    const watcher: Watcher = {
      id,
      bounds: keyBounds(key, request.rangeEnd),
      request,
      next: startRevision === 0n ? store.revision + 1n : startRevision,
      compacted: false,
      told: false,
    };
    this.#watchers.set(id, watcher);
    this.#send({ watchId: id, created: true });
    if (watcher.next < store.compactRevision) this.#giveUp(watcher);
    else this.#catchUp(watcher);
  }

  /** The reason why a watcher cannot be, in words. */
  #refusal(request: WatchCreateRequest): string | undefined {
    if (request.startRevision < 0n && this.#member.cluster.series.isAtLeast('3.6')) {
      return refusals.compacted().message;
    }
    const denied = this.#denial(request);
    if (denied !== undefined) return denied;
    const { from, to } = keyBounds(request.key, request.rangeEnd);
    if (to !== undefined && from >= to) return 'mvcc: watcher range is empty';
    return undefined;
  }

  #denial({ key, rangeEnd }: WatchCreateRequest): string | undefined {
    try {
      const info = this.#member.authInfo(this.#call);
      this.#member.replica.auth.check(info, keyBounds(key, rangeEnd), 'READ');
      return undefined;
    } catch (error) {
      return statusText(error instanceof Refusal ? error : refusals.permissionDenied());
    }
  }

  #refuse(cancelReason: string): void {
    this.#send({ watchId: NO_WATCHER, created: true, canceled: true, cancelReason });
  }

  /** The id that was asked for, or the next free one; `undefined` for one that is taken. */
  #chooseId(wanted: bigint): bigint | undefined {
    if (wanted !== 0n) return this.#watchers.has(wanted) ? undefined : wanted;
    while (this.#watchers.has(this.#nextId)) this.#nextId += 1n;
    const id = this.#nextId;
    this.#nextId += 1n;
    return id;
  }

  #cancel(id: bigint): void {
    if (this.#watchers.delete(id)) this.#send({ watchId: id, canceled: true });
  }

  /** Tells a watcher that what it asks for is gone. It stays until it is cancelled. */
  #giveUp(watcher: Watcher): void {
    watcher.compacted = true;
    const { compactRevision } = this.#member.replica.store;
    this.#sender.send({
      header: { ...this.#member.header(), revision: 0n },
      watchId: watcher.id,
      canceled: true,
      compactRevision,
    });
  }

  #catchUp(watcher: Watcher): void {
    const commits = this.#member.replica.store.commitsFrom(watcher.next);
    for (let index = 0; index < commits.length; index += REVISIONS_PER_MESSAGE) {
      this.#tell(watcher, commits.slice(index, index + REVISIONS_PER_MESSAGE));
    }
  }

  #tell(watcher: Watcher, commits: readonly Commit[]): void {
    const last = commits.at(-1);
    if (last === undefined) return;
    watcher.next = last.revision + 1n;
    const events = commits.flatMap((commit) => commit.events).filter(filterOf(watcher));
    if (events.length === 0) return;
    watcher.told = true;
    const { prevKv, fragment } = watcher.request;
    const message: WatchResponseInput = {
      header: this.#member.header(),
      watchId: watcher.id,
      events: prevKv ? events.map((event) => this.#withPrevious(event)) : events,
    };
    if (!fragment) {
      this.#sender.send(message);
      return;
    }
    for (const part of inFragments(message, this.#member.cluster.settings.maxRequestBytes)) {
      this.#sender.send(part);
    }
  }

  /** Adds what the key was before, where the store still has it. */
  #withPrevious(event: StoreEvent): EventInput {
    const { kv } = event;
    if (event.type === 'PUT' && kv.createRevision === kv.modRevision) return event;
    const { store } = this.#member.replica;
    const before = kv.modRevision - 1n;
    if (before < store.compactRevision) return event;
    const [prevKv] = store.range(keyBounds(kv.key, EMPTY_BYTES), before);
    return { ...event, prevKv };
  }

  /** Answers a request for progress: only when every watcher of the stream has been told of everything. */
  #reportAll(): void {
    const watchers = [...this.#watchers.values()];
    if (watchers.some((watcher) => !this.#isUpToDate(watcher))) return;
    // A server sends it by way of a watcher, so a stream without any gets no answer.
    if (watchers.length > 0) this.#send({ watchId: NO_WATCHER });
  }

  #isUpToDate({ compacted, request }: Watcher): boolean {
    if (compacted) return false;
    const { cluster, replica } = this.#member;
    // From 3.6 on there is no progress below the start of a watcher.
    return !cluster.series.isAtLeast('3.6') || request.startRevision <= replica.store.revision;
  }

  #planProgress(): TimerHandle {
    const { clock, random, settings } = this.#member.cluster;
    const waitMs = settings.progressIntervalMs * (1 + random.next() * PROGRESS_JITTER);
    const timer = clock.setTimeout(() => {
      this.#progress = this.#planProgress();
      this.#report();
    }, waitMs);
    timer.unref();
    return timer;
  }

  /** Tells watchers that asked for it how far they are, unless they were told of something meanwhile. */
  #report(): void {
    for (const watcher of this.#watchers.values()) {
      const due = watcher.request.progressNotify && !watcher.told && this.#isUpToDate(watcher);
      watcher.told = false;
      if (due) this.#send({ watchId: watcher.id });
    }
  }

  #send(message: WatchResponseInput): void {
    this.#sender.send({ header: this.#member.header(), ...message });
  }

  #close(): void {
    this.#progress.cancel();
    this.#member.watches.remove(this);
    this.#watchers.clear();
  }
}

function filterOf({ bounds, request }: Watcher): (event: StoreEvent) => boolean {
  const leftOut = {
    PUT: request.filters.includes('NOPUT'),
    DELETE: request.filters.includes('NODELETE'),
  };
  return ({ type, kv }) => !leftOut[type] && isWithin(binaryKey(kv.key), bounds);
}
