import { outsideOperation } from '../../diagnostics/operation.js';
import { type EtcdError, UnavailableError } from '../../errors/index.js';
import { type BackoffShape, backoffDelay } from '../../internal/backoff.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';
import { TurnBudget } from '../../internal/turn-budget.js';
import type { CallScope } from '../call-scope.js';
import { type Channel, USUAL_STREAM_LIMIT } from '../channel/channel.js';
import { type StreamPermit, StreamQueue, type StreamWaiter } from './stream-queue.js';

/** The time that a call needs its stream: for one answer, or as long as somebody wants it. */
export type StreamUse = 'short' | 'lasting';

/**
 * Short calls at a time on one connection, however many its peer allows. The others wait here, where
 * it is certain that they were not sent.
 */
const MOST_SHORT = 1_024;

/**
 * Short calls handed to connections in one turn of the event loop. What is handed over is written when
 * the turn ends, and counts as sent: in a burst of thousands the others wait here meanwhile.
 */
const MOST_A_TURN = 128;

/** Lasting streams share the first connection up to this part of what its peer allows. */
const SHARED_PART = 1 / 4;

/** Connections for short calls, at most: a burst waits for answers, not for more connections. */
const SHORT_CONNECTIONS = 4;

/** Connections that are opened at a time. */
const OPENING_AT_ONCE = 4;

/** Longest time for an additional connection to become ready. */
const OPEN_TIMEOUT_MS = 3_000;

/** Pauses after an additional connection could not be opened. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** Time that an additional connection without streams is kept. */
const LINGER_MS = 1_000;

/** The part of an endpoint that its pool needs. */
export interface StreamPoolContext {
  readonly clock: Clock;
  /** The endpoint, as errors name it. */
  readonly name: string;
  openChannel(): Promise<Channel>;
}

/** The streams that are open on a channel. They are counted with it, for all its users. */
interface Open {
  short: number;
  lasting: number;
}

const openStreams = new WeakMap<Channel, Open>();

/** A channel of the pool: the first one takes both uses, an additional one only its own. */
interface Line {
  readonly channel: Channel;
  readonly use: StreamUse | undefined;
  readonly open: Open;
  linger: TimerHandle | undefined;
}

/** The additional connections that are being opened for one use. */
interface Growth {
  opening: number;
  /** Failures since one could be opened, and the last of them. */
  failures: number;
  failure: string | undefined;
  pause: TimerHandle | undefined;
}

const newGrowth = (): Growth => ({ opening: 0, failures: 0, failure: undefined, pause: undefined });

/**
 * The channels of one connection to an endpoint, and which stream is opened on which.
 *
 * A peer limits the streams of a connection: 100 in haproxy, 128 in nginx, none in etcd unless it is
 * told to. Watches and the like last, so beyond a part of the first connection they get connections of
 * their own, and never use up what short calls need. What finds no free stream waits here, and more
 * connections are opened for it.
 */
export class StreamPool {
  readonly #context: StreamPoolContext;
  #lines: readonly Line[];
  readonly #queues: Readonly<Record<StreamUse, StreamQueue>> = {
    short: new StreamQueue(),
    lasting: new StreamQueue(),
  };
  readonly #growth: Readonly<Record<StreamUse, Growth>> = {
    short: newGrowth(),
    lasting: newGrowth(),
  };
  readonly #opening = new Set<Channel>();
  /** Short calls that may be handed over in this turn of the event loop. */
  readonly #turn = new TurnBudget(MOST_A_TURN, () => {
    this.#serve('short');
    this.#grow('short');
  });
  #closed = false;

  /** @param first is the endpoint's own channel, and stays its to close */
  constructor(first: Channel, context: StreamPoolContext) {
    this.#context = context;
    this.#lines = [lineOf(first, undefined)];
  }

  /** The channels that streams are given out on. */
  get channels(): readonly Channel[] {
    return this.#lines.map(({ channel }) => channel);
  }

  /** Tells if a stream of this use has to wait until another one ends or a connection is opened. */
  isFull(use: StreamUse): boolean {
    return this.#first(use) !== undefined || !this.#lines.some((line) => hasRoom(line, use));
  }

  /** Takes a stream that is free now. */
  take(use: StreamUse): StreamPermit | undefined {
    return this.#first(use) === undefined ? this.#free(use) : undefined;
  }

  /** Waits for a free stream, as long as the call may. */
  wait(use: StreamUse, scope: CallScope): Promise<StreamPermit> {
    const explain = (): EtcdError => this.#noneInTime(use, scope);
    return scope.waiting<StreamPermit>((give, fail) => {
      const waiter: StreamWaiter = { give, fail, deadline: scope.deadline, gone: false };
      if (this.#closed) fail(this.#lost());
      else this.#queues[use].add(waiter);
      this.#grow(use);
      return () => {
        waiter.gone = true;
      };
    }, explain);
  }

  /** Gives out no more. Streams that are open on additional connections go on, and then those end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const line of this.#lines.slice(1)) this.#drop(line);
    for (const channel of this.#opening) channel.close();
    for (const growth of Object.values(this.#growth)) growth.pause?.cancel();
    for (const queue of Object.values(this.#queues)) {
      for (const waiter of queue.clear()) waiter.fail(this.#lost());
    }
  }

  #free(use: StreamUse): StreamPermit | undefined {
    if (this.#closed) return undefined;
    if (use === 'short' && !this.#turn.some) return undefined;
    const line = this.#lines.find((one) => hasRoom(one, use));
    if (line === undefined) return undefined;
    if (use === 'short') this.#turn.use();
    line.linger?.cancel();
    line.open[use]++;
    let over = false;
    return {
      channel: line.channel,
      release: () => {
        if (over) return;
        over = true;
        line.open[use]--;
        this.#serve('short');
        this.#serve('lasting');
        this.#letGo(line);
      },
    };
  }

  #first(use: StreamUse): StreamWaiter | undefined {
    const queue = this.#queues[use];
    return queue.size === 0 ? undefined : queue.first(this.#context.clock.now());
  }

  /** Gives free streams to those that wait, in their order. */
  #serve(use: StreamUse): void {
    for (let first = this.#first(use); first !== undefined; first = this.#first(use)) {
      const permit = this.#free(use);
      if (permit === undefined) return;
      this.#queues[use].takeFirst();
      first.give(permit);
    }
  }

  /** Opens the connections that those who wait need. */
  #grow(use: StreamUse): void {
    const queue = this.#queues[use];
    const growth = this.#growth[use];
    if (this.#closed || growth.pause !== undefined || this.#first(use) === undefined) return;
    // It waits for the next turn only.
    if (this.#lines.some((line) => hasRoom(line, use))) return;
    let wanted = Math.ceil(queue.size / this.#limit);
    if (use === 'short') {
      // What waits for our own limit waits for the server's answers: another connection has no others.
      if (this.#limit > MOST_SHORT) return;
      const lines = this.#lines.filter((line) => line.use !== 'lasting').length;
      wanted = Math.min(wanted, SHORT_CONNECTIONS - lines);
    }
    while (growth.opening < Math.min(wanted, OPENING_AT_ONCE)) {
      growth.opening++;
      void outsideOperation(() => this.#open(use, growth));
    }
  }

  async #open(use: StreamUse, growth: Growth): Promise<void> {
    const { clock } = this.#context;
    try {
      const channel = await this.#connected();
      growth.opening--;
      growth.failures = 0;
      growth.failure = undefined;
      this.#add(channel, use);
    } catch (error) {
      growth.opening--;
      growth.failure = error instanceof Error ? error.message : String(error);
      if (growth.pause !== undefined || this.#closed) return;
      const again = (): void => {
        growth.pause = undefined;
        this.#grow(use);
      };
      growth.pause = clock.setTimeout(again, backoffDelay(growth.failures++, BACKOFF, clock));
      // Those who wait keep the process alive, as long as they may wait.
      growth.pause.unref();
    }
  }

  async #connected(): Promise<Channel> {
    const channel = await this.#context.openChannel();
    this.#opening.add(channel);
    try {
      if (!this.#closed) await becomesReady(channel, this.#context.clock);
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    } finally {
      this.#opening.delete(channel);
    }
  }

  #add(channel: Channel, use: StreamUse): void {
    if (this.#closed) {
      channel.close();
      return;
    }
    const line = lineOf(channel, use);
    this.#lines = [...this.#lines, line];
    channel.onStateChange('ready', () => this.#drop(line));
    this.#serve(use);
    this.#grow(use);
    this.#letGo(line);
  }

  /** Ends an additional connection that nobody has used for a while. */
  #letGo(line: Line): void {
    const { short, lasting } = line.open;
    if (line.use === undefined || short + lasting > 0 || this.#closed) return;
    line.linger = this.#context.clock.setTimeout(() => this.#drop(line), LINGER_MS);
    line.linger.unref();
  }

  /** Takes a connection out; the streams that are open there go on. */
  #drop(line: Line): void {
    line.linger?.cancel();
    this.#lines = this.#lines.filter((one) => one !== line);
    line.channel.close();
  }

  get #limit(): number {
    const [first] = this.#lines;
    return Math.max(1, first?.channel.streamLimit ?? USUAL_STREAM_LIMIT);
  }

  #noneInTime(use: StreamUse, scope: CallScope): EtcdError {
    const { name } = this.#context;
    return scope.timedOut(undefined, name, this.#limited(use));
  }

  /** Returns the reason why a call of this use waits, in words. */
  #limited(use: StreamUse): string {
    if (use === 'short' && this.#limit > MOST_SHORT) {
      return 'it waited in the client, behind the calls made before it';
    }
    const count = this.#lines.filter((line) => line.use === undefined || line.use === use).length;
    const { failure } = this.#growth[use];
    const why = failure === undefined ? '' : `; another could not be opened: ${failure}`;
    return (
      'it waited for a free stream: the server, or a proxy before it, allows ' +
      `${this.#limit} at a time on a connection (connections: ${count}${why})`
    );
  }

  #lost(): EtcdError {
    return new UnavailableError('the connection was lost', {
      endpoint: this.#context.name,
      outcome: 'not-sent',
      retryable: true,
    });
  }
}

function lineOf(channel: Channel, use: StreamUse | undefined): Line {
  const open = openStreams.get(channel) ?? { short: 0, lasting: 0 };
  openStreams.set(channel, open);
  return { channel, use, open, linger: undefined };
}

/** Returns whether one more stream of this use may be opened there. */
function hasRoom({ channel, use, open }: Line, wanted: StreamUse): boolean {
  if (use !== undefined && use !== wanted) return false;
  const limit = Math.max(1, channel.streamLimit);
  const { short, lasting } = open;
  if (wanted === 'short' && short >= MOST_SHORT) return false;
  if (use !== undefined) return short + lasting < limit;
  if (wanted === 'lasting' && lasting >= Math.floor(limit * SHARED_PART)) return false;
  // One stream stays for the question whether the server lives.
  return short + lasting < Math.max(1, limit - 1);
}

/** Resolves when the channel is connected; rejects when it fails, is closed, or takes too long. */
function becomesReady(channel: Channel, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: string): void => {
      late.cancel();
      if (failure === undefined) resolve();
      else reject(new Error(failure));
    };
    const late = setPatience(
      clock,
      () => settle(`not connected within ${OPEN_TIMEOUT_MS} ms`),
      OPEN_TIMEOUT_MS,
    );
    const look = (): void => {
      channel.connect();
      const { state } = channel;
      if (state === 'ready') settle();
      else if (state === 'closed') settle('it was closed');
      else if (state === 'failed') settle('the connection failed');
      else channel.onStateChange(state, look);
    };
    look();
  });
}
