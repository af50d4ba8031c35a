import { type EtcdError, UnavailableError, withDetails } from '../../errors/index.js';
import { type BackoffShape, backoffDelay } from '../../internal/backoff.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import type { CallMetadata } from '../transport.js';
import { type ServerInfo, serverInfo } from './capabilities.js';
import { Pace } from './pace.js';
import { type Probe, probe } from './probe.js';
import { StatusQuestions } from './status-questions.js';
import { StreamPool } from './stream-pool.js';

/** The first answer over a connection takes more round trips than others: those of TCP, TLS and HTTP/2. */
const CONNECT_PATIENCE = 2;

/** Pauses between attempts to reach an endpoint; the first attempt after a failure comes at once. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A server that was ready for this long starts again with a clean record. */
const FORGIVEN_AFTER_MS = 5_000;

/** A connection that answered its first call. It is used until its channel breaks. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly channel: Channel;
  /** Gives out the streams that calls may open. */
  readonly streams: StreamPool;
  readonly info: ServerInfo;
}

/**
 * The state of an endpoint.
 *
 * - `idle`: nobody needed it yet.
 * - `connecting`: a first call (Status) is on its way; any answer admits the server.
 * - `ready`: calls may go there.
 * - `backing-off`: it failed; a timer brings the next attempt, over a new connection.
 * - `closed`: for good.
 */
type State =
  | { readonly kind: 'idle' | 'closed' }
  | {
      readonly kind: 'connecting';
      /** The reason why the attempt before this one failed. */
      readonly last: EtcdError | undefined;
      /** Ends the first call; there is none until there is a channel. */
      abandon?: () => void;
    }
  | { readonly kind: 'ready'; readonly connection: Connection; readonly since: number }
  | { readonly kind: 'backing-off'; readonly error: EtcdError; readonly timer: TimerHandle };

/** The part of the client that an endpoint needs. */
export interface EndpointHost {
  readonly clock: Clock;
  /** The client option that states the server's version. */
  readonly serverVersion: string | undefined;
  /** TLS options come from a function: the next ones may be better. */
  readonly renewsTls?: boolean | undefined;
  /** Milliseconds for a connection and the first answer over it. Default: twice the patience. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds of silence after which a connection is used by the client itself. Default: never. */
  readonly idleIntervalMs?: number | undefined;
  openChannel(address: Address): Promise<Channel>;
  /** Finds out more about a failure to connect; answers the error that tells it. */
  readonly explain?: ((address: Address, error: EtcdError) => Promise<EtcdError>) | undefined;
  /** The metadata of a Status call: with a token only if there is one already. */
  statusMetadata(): CallMetadata;
  /** Returns whether the server is of the right cluster: an error when it is not. */
  admit(endpoint: Endpoint, info: ServerInfo): EtcdError | undefined;
  /** The endpoint became ready, or stopped being so, or more is known of it. */
  changed(endpoint: Endpoint): void;
  /** The endpoint left something unanswered: what silenced it may have silenced others, too. */
  silent(endpoint: Endpoint): void;
  connected(endpoint: Endpoint): void;
  disconnected(endpoint: Endpoint, error: EtcdError): void;
}

/**
 * One server of the cluster: the channel to it, and whether calls may go there.
 *
 * Each connection gets a channel of its own. That keeps the reconnecting, its pauses and the renewal
 * of certificates in one place: here.
 */
export class Endpoint {
  readonly address: Address;
  readonly #host: EndpointHost;
  #state: State = { kind: 'idle' };
  /** Failures since a call last succeeded: they set the pause before the next attempt. */
  #failures = 0;
  /** The server is of another cluster. */
  #refused = false;
  #lastError: EtcdError | undefined;
  readonly pace = new Pace();
  /** Functions that end the open streams when the endpoint is not used any more. */
  readonly streams = new Set<() => void>();
  readonly #questions: StatusQuestions;
  #idle: TimerHandle | undefined;

  constructor(address: Address, host: EndpointHost) {
    this.address = address;
    this.#host = host;
    this.#questions = new StatusQuestions({
      clock: host.clock,
      pace: this.pace,
      channel: () => this.connection?.channel,
      probe: (channel) => this.#probe(channel, this.pace.patienceMs),
      onAnswer: (answer) => this.#learn(answer),
      onSilence: (error) => this.#giveUp(error),
      onSuspicion: () => host.silent(this),
      onDoubt: () => host.changed(this),
    });
  }

  /** The endpoint's name in errors, events and options. */
  get name(): string {
    return this.address.endpoint;
  }

  /** The connection calls may use now. */
  get connection(): Connection | undefined {
    return this.#state.kind === 'ready' ? this.#state.connection : undefined;
  }

  /** Calls go elsewhere if they can: the server left one unanswered for too long, and was asked whether it lives. */
  get doubted(): boolean {
    return this.#questions.doubted;
  }

  /**
   * Waiting for it is in vain: its server belongs to another cluster, TLS is set up so that one side refuses
   * the other, or it was taken out. It is tried again all the same: what is wrong at the server may be mended.
   */
  get hopeless(): boolean {
    if (this.#refused || this.#state.kind === 'closed') return true;
    return this.error?.retryable === false && this.#host.renewsTls !== true;
  }

  /** The reason why calls cannot go there, in words. */
  get reason(): string {
    switch (this.#state.kind) {
      case 'backing-off':
        return this.#state.error.message;
      case 'connecting':
        if (this.#state.last !== undefined) return this.#state.last.message;
        // Only one thing comes before the channel and takes its time.
        return this.#state.abandon === undefined
          ? 'the tls function has not answered'
          : 'no answer yet';
      case 'closed':
        return 'it is not an endpoint of the client any more';
      default:
        return this.#state.kind;
    }
  }

  /** The error it backs off with. */
  get error(): EtcdError | undefined {
    if (this.#state.kind === 'backing-off') return this.#state.error;
    return this.#state.kind === 'connecting' ? this.#state.last : undefined;
  }

  /** Nobody needed it yet. */
  get isIdle(): boolean {
    return this.#state.kind === 'idle';
  }

  /** The last error of its connections, also after it has recovered. */
  get lastError(): EtcdError | undefined {
    return this.#lastError;
  }

  /** Starts connecting if nobody did yet. */
  connect(): void {
    if (this.#state.kind === 'idle') void this.#connect(undefined);
  }

  /** Makes the next attempt now that a timer would bring: somebody cannot wait for it. */
  hurry(): void {
    if (this.#state.kind !== 'backing-off' || this.#refused) return;
    this.#state.timer.cancel();
    this.#tryAgain();
  }

  /**
   * A number that changes with each byte that arrives over this channel, or, where those cannot be seen,
   * with everything that the server says. While it changes the server is not dead: a large answer may take
   * long on a slow link.
   */
  heard(channel: Channel): number {
    return channel.receivedBytes || this.pace.heard;
  }

  /**
   * The server answered a call, or said something on a stream: its record is clean again.
   *
   * @param tookMs how long a call waited for this answer
   */
  succeeded(tookMs?: number): void {
    this.#failures = 0;
    this.pace.spoke(tookMs);
  }

  /**
   * Asks the server for its status, while calls go on using it. A server that is silent until the
   * patience of this endpoint ends is given up: its streams end, and a new connection is made.
   *
   * @param over the connection that is in question: nothing is asked over another
   * @returns whether calls there can hope for an answer: the server lives, and sees a leader
   */
  ask(over = this.connection): Promise<boolean> {
    return this.#questions.ask(over?.channel);
  }

  /**
   * Asks as `ask` does, because something was left unanswered. A network that forgot one connection has
   * often forgotten them all, and a call that had to find them out one by one would take many times as long.
   */
  suspect({ channel }: Connection): Promise<boolean> {
    return this.#questions.suspect(channel);
  }

  /** Asks as `suspect` does; until there is an answer, calls that can go elsewhere do. */
  doubt({ channel }: Connection): Promise<boolean> {
    return this.#questions.doubt(channel);
  }

  /** Asks, unless the server was asked a moment ago: another one was found to be silent. */
  askIfQuiet(): void {
    this.#questions.askIfQuiet();
  }

  /** The server showed itself to be of another cluster: no call may go there. */
  refuse(error: EtcdError): void {
    if (this.#state.kind === 'closed') return;
    const { connection } = this;
    this.#refused = true;
    this.#failures++;
    this.#backOff(error);
    if (connection !== undefined) this.#leave(connection);
  }

  /** Asks, like `ask`, a server that did not tell its version so far. */
  askAgain(): void {
    if (this.connection?.info.clusterId === undefined) void this.ask();
  }

  /** Ends the connection and every attempt to make one. Unary calls under way there are finished. */
  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#endQuestions();
    if (state.kind === 'backing-off') state.timer.cancel();
    if (state.kind === 'connecting') state.abandon?.();
    if (state.kind !== 'ready') return;
    state.connection.streams.close();
    this.#leave(state.connection);
  }

  /** Ends what is open over a connection that is not used any more, but for the unary calls under way. */
  #leave({ channel }: Connection): void {
    for (const end of [...this.streams]) end();
    channel.close();
  }

  /**
   * Ends a connection that was given up when nothing arrives there for as long again: the calls that were
   * left on it would otherwise wait for what pings find out, or for ever.
   */
  #endIfSilent(channel: Channel): void {
    const heard = this.heard(channel);
    const end = (): void => {
      if (this.heard(channel) === heard) channel.destroy();
    };
    setPatience(this.#host.clock, end, this.pace.patienceMs).unref();
  }

  #endQuestions(): void {
    this.#questions.end();
    this.#idle?.cancel();
    this.#idle = undefined;
  }

  async #connect(last: EtcdError | undefined): Promise<void> {
    const state: Extract<State, { kind: 'connecting' }> = { kind: 'connecting', last };
    this.#state = state;
    let channel: Channel;
    try {
      channel = await this.#host.openChannel(this.address);
    } catch (error) {
      if (this.#state === state) this.#backOff(this.#failure(error));
      return;
    }
    if (this.#state !== state) {
      channel.close();
      return;
    }
    const { connectTimeoutMs } = this.#host;
    const { result, cancel } = this.#probe(
      channel,
      connectTimeoutMs ?? CONNECT_PATIENCE * this.pace.patienceMs,
    );
    state.abandon = () => {
      cancel();
      channel.close();
    };
    const { alive, answer, error } = await result;
    if (this.#state !== state) return;
    if (alive) {
      this.#admit(channel, answer);
      return;
    }
    this.#failures++;
    channel.close();
    const explained = (await this.#host.explain?.(this.address, error)) ?? error;
    if (this.#state === state) this.#backOff(explained);
  }

  /** Gives up a server that is silent: another connection is made, since it may be this one that died. */
  #giveUp(error: EtcdError): void {
    const { connection } = this;
    if (connection === undefined) return;
    const { channels } = connection.streams;
    this.#backOff(error);
    this.#failures++;
    this.#leave(connection);
    for (const channel of channels) this.#endIfSilent(channel);
  }

  /** Takes a server in that answered its first call, unless it is of another cluster. */
  #admit(channel: Channel, answer: StatusResponse | undefined): void {
    const info = serverInfo(answer, this.#host.serverVersion);
    const mismatch = this.#host.admit(this, info);
    if (mismatch !== undefined) {
      channel.close();
      this.refuse(mismatch);
      return;
    }
    if (!isConnected(channel)) {
      // The server answered and went.
      channel.close();
      this.#failures++;
      this.#backOff(this.#lost());
      return;
    }
    const streams = this.#streams(channel);
    this.#refused = false;
    this.#use({ endpoint: this, channel, streams, info }, this.#host.clock.now());
    this.#watch(channel);
    this.#keepInUse(channel);
    this.#host.connected(this);
  }

  /** Takes note of what a server said that is in use; answers whether calls there can hope for an answer. */
  #learn(answer: StatusResponse | undefined): boolean {
    if (this.#state.kind !== 'ready') return false;
    const { connection, since } = this.#state;
    const info =
      answer === undefined ? connection.info : serverInfo(answer, this.#host.serverVersion);
    const mismatch = this.#host.admit(this, info);
    if (mismatch !== undefined) {
      this.refuse(mismatch);
      return false;
    }
    this.#use({ ...connection, info }, since);
    return info.hasLeader;
  }

  #use(connection: Connection, since: number): void {
    this.#state = { kind: 'ready', connection, since };
    this.#questions.recheck(connection.info);
    this.#host.changed(this);
  }

  #lost(): EtcdError {
    return new UnavailableError('the connection was lost', {
      endpoint: this.name,
      outcome: 'not-sent',
      retryable: true,
    });
  }

  /** Notices when the channel loses its connection. */
  #watch(channel: Channel): void {
    const lost = (): void => {
      const state = this.#state;
      if (state.kind !== 'ready' || state.connection.channel !== channel) return;
      if (this.#host.clock.now() - state.since > FORGIVEN_AFTER_MS) this.#failures = 0;
      // What was open there has ended with it.
      channel.close();
      this.#backOff(this.#lost());
      this.#failures++;
    };
    if (isConnected(channel)) {
      channel.onStateChange('ready', lost);
    } else {
      lost();
    }
  }

  /**
   * Asks the server for its status whenever nothing came over this connection for an interval. Networks keep
   * what is in use, and an answer is more than one to a ping, which the server would refuse from an idle client.
   */
  #keepInUse(channel: Channel): void {
    const { clock, idleIntervalMs } = this.#host;
    if (idleIntervalMs === undefined) return;
    const heard = this.heard(channel);
    const look = (): void => {
      if (this.heard(channel) === heard) void this.ask();
      this.#keepInUse(channel);
    };
    this.#idle = clock.setTimeout(look, idleIntervalMs);
    this.#idle.unref();
  }

  /** Plans the next attempt: the connection, if there is one, is not used any more. */
  #backOff(error: EtcdError): void {
    const { connection } = this;
    connection?.streams.close();
    this.#endQuestions();
    this.#lastError = error;
    const { clock } = this.#host;
    const timer = clock.setTimeout(
      () => this.#tryAgain(),
      this.#failures === 0 ? 0 : backoffDelay(this.#failures - 1, BACKOFF, clock),
    );
    timer.unref();
    this.#state = { kind: 'backing-off', error, timer };
    this.#host.changed(this);
    if (connection !== undefined) this.#host.disconnected(this, error);
  }

  #tryAgain(): void {
    if (this.#state.kind === 'backing-off') void this.#connect(this.#state.error);
  }

  #streams(channel: Channel): StreamPool {
    return new StreamPool(channel, {
      clock: this.#host.clock,
      name: this.name,
      openChannel: () => this.#host.openChannel(this.address),
    });
  }

  #probe(channel: Channel, patienceMs: number): Probe {
    return probe({
      clock: this.#host.clock,
      channel,
      endpoint: this.name,
      metadata: this.#host.statusMetadata(),
      patienceMs,
      heard: () => this.heard(channel),
    });
  }

  #failure(cause: unknown): EtcdError {
    this.#failures++;
    if (cause instanceof UnavailableError) return withDetails(cause, { endpoint: this.name });
    return new UnavailableError(cause instanceof Error ? cause.message : String(cause), {
      endpoint: this.name,
      outcome: 'not-sent',
      retryable: true,
      cause,
    });
  }
}

function isConnected(channel: Channel): boolean {
  return channel.state === 'ready';
}
