import { outsideOperation } from '../../diagnostics/operation.js';
import { EtcdError } from '../../errors/index.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import { type ServerInfo, serverInfo } from './capabilities.js';
import { ConnectAttempt } from './connect-attempt.js';
import type { EndpointContext } from './connection-context.js';
import { connectionLost } from './connection-errors.js';
import { type EndpointState, errorOf, reasonOf } from './endpoint-state.js';
import { FailureRecord } from './failure-record.js';
import { destroyIfSilent, keepInUse } from './idle-connection.js';
import { Pace } from './pace.js';
import { type Probe, probe } from './probe.js';
import { StatusQuestions } from './status-questions.js';
import { StreamPool } from './stream-pool.js';

/** The first answer over a connection takes more round trips than others: those of TCP, TLS and HTTP/2. */
const CONNECT_PATIENCE = 2;

/** A connection that answered its first call. It is used until its channel breaks. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly channel: Channel;
  /** Gives out the streams that calls may open. */
  readonly streams: StreamPool;
  readonly info: ServerInfo;
}

type State = EndpointState<Connection>;

/**
 * One server of the cluster: the channel to it, and whether calls may go there.
 *
 * Each connection gets a channel of its own. That keeps the reconnecting, its pauses and the renewal
 * of certificates in one place: here.
 */
export class Endpoint {
  readonly address: Address;
  readonly #context: EndpointContext<Endpoint>;
  #state: State = { kind: 'idle' };
  readonly #failures = new FailureRecord();
  /** The server is of another cluster. */
  #refused = false;
  #lastError: EtcdError | undefined;
  readonly pace = new Pace();
  /** Functions that end the open streams when the endpoint is not used any more. */
  readonly streams = new Set<() => void>();
  readonly #questions: StatusQuestions;
  /** Ends the use of an idle connection. */
  #stopUse: (() => void) | undefined;

  constructor(address: Address, context: EndpointContext<Endpoint>) {
    this.address = address;
    this.#context = context;
    this.#questions = new StatusQuestions({
      clock: context.clock,
      pace: this.pace,
      channel: () => this.connection?.channel,
      probe: (channel) => this.#probe(channel, this.pace.patienceMs),
      onAnswer: (answer) => this.#learn(answer),
      onSilence: (error) => this.#giveUp(error),
      onSuspicion: () => context.silent(this),
      onDoubt: () => context.changed(this),
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
    return this.error?.retryable === false && this.#context.renewsTls !== true;
  }

  /** The reason why calls cannot go there, in words. */
  get reason(): string {
    return reasonOf(this.#state);
  }

  /** The error it backs off with. */
  get error(): EtcdError | undefined {
    return errorOf(this.#state);
  }

  /** Nobody uses it: no call has needed it yet, or it is closed. */
  get isIdle(): boolean {
    return this.#state.kind === 'idle' || this.#state.kind === 'closed';
  }

  /** The last error of its connections, also after it has recovered. */
  get lastError(): EtcdError | undefined {
    return this.#lastError;
  }

  /** Starts connecting if nobody did yet. */
  connect(): void {
    if (this.#state.kind === 'idle') void outsideOperation(() => this.#connect(undefined));
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
    this.#failures.clear();
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
   * Asks as `ask` does, because something was left unanswered. A network that forgot one connection has often
   * forgotten them all. A call that had to find that out one by one would take many times as long.
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
    this.#failures.add();
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
    if (state.kind === 'connecting') state.attempt.abandon();
    if (state.kind !== 'ready') return;
    state.connection.streams.close();
    this.#leave(state.connection);
  }

  /** Ends what is open over a connection that is not used any more, but for the unary calls under way. */
  #leave({ channel }: Connection): void {
    for (const end of [...this.streams]) end();
    channel.close();
  }

  #endQuestions(): void {
    this.#questions.end();
    this.#stopUse?.();
    this.#stopUse = undefined;
  }

  /** Connects outside the operation that needs it first: a connection outlives it. */
  async #connect(last: EtcdError | undefined): Promise<void> {
    const { explain, connectTimeoutMs = CONNECT_PATIENCE * this.pace.patienceMs } = this.#context;
    const attempt = new ConnectAttempt({
      address: this.address,
      openChannel: (address) => this.#context.openChannel(address),
      explain,
      probe: (channel) => this.#probe(channel, connectTimeoutMs),
    });
    const state: State = { kind: 'connecting', last, attempt };
    this.#state = state;
    const result = await attempt.run();
    if (this.#state !== state) return attempt.abandon();
    if (!(result instanceof EtcdError)) return this.#admit(result.channel, result.answer);
    this.#failures.add();
    this.#backOff(result);
  }

  /** Gives up a server that is silent: another connection is made, since it may be this one that died. */
  #giveUp(error: EtcdError): void {
    const { connection } = this;
    if (connection === undefined) return;
    const { channels } = connection.streams;
    this.#backOff(error);
    this.#failures.add();
    this.#leave(connection);
    for (const channel of channels) destroyIfSilent(channel, this, this.#context.clock);
  }

  /** Takes a server in that answered its first call, unless it is of another cluster. */
  #admit(channel: Channel, answer: StatusResponse | undefined): void {
    const info = serverInfo(answer, this.#context.serverVersion);
    const mismatch = this.#context.admit(this, info);
    if (mismatch !== undefined) {
      channel.close();
      this.refuse(mismatch);
      return;
    }
    if (channel.state !== 'ready') {
      // The server answered and went.
      channel.close();
      this.#failures.add();
      this.#backOff(connectionLost(this.name));
      return;
    }
    const streams = this.#streams(channel);
    this.#refused = false;
    this.#use({ endpoint: this, channel, streams, info }, this.#context.clock.now());
    this.#watch(channel);
    this.#keepInUse(channel);
    this.#context.connected(this);
  }

  /** Takes note of what a server said that is in use; answers whether calls there can hope for an answer. */
  #learn(answer: StatusResponse | undefined): boolean {
    if (this.#state.kind !== 'ready') return false;
    const { connection, since } = this.#state;
    const info =
      answer === undefined ? connection.info : serverInfo(answer, this.#context.serverVersion);
    const mismatch = this.#context.admit(this, info);
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
    this.#context.changed(this);
  }

  /** Notices when the channel loses its connection. */
  #watch(channel: Channel): void {
    const lost = (): void => {
      const state = this.#state;
      if (state.kind !== 'ready' || state.connection.channel !== channel) return;
      this.#failures.forgive(this.#context.clock.now() - state.since);
      // What was open there has ended with it.
      channel.close();
      this.#backOff(connectionLost(this.name));
      this.#failures.add();
    };
    if (channel.state === 'ready') {
      channel.onStateChange('ready', lost);
    } else {
      lost();
    }
  }

  #keepInUse(channel: Channel): void {
    const { clock, idleIntervalMs: intervalMs } = this.#context;
    if (intervalMs === undefined) return;
    const heard = (): number => this.heard(channel);
    this.#stopUse = keepInUse({ clock, intervalMs, heard, use: () => void this.ask() });
  }

  /** Plans the next attempt: the connection, if there is one, is not used any more. */
  #backOff(error: EtcdError): void {
    const { connection } = this;
    connection?.streams.close();
    this.#endQuestions();
    this.#lastError = error;
    const { clock } = this.#context;
    const timer = clock.setTimeout(() => this.#tryAgain(), this.#failures.pauseMs(clock));
    timer.unref();
    this.#state = { kind: 'backing-off', error, timer };
    this.#context.changed(this);
    if (connection !== undefined) this.#context.disconnected(this, error);
  }

  #tryAgain(): void {
    if (this.#state.kind !== 'backing-off') return;
    const { error } = this.#state;
    void outsideOperation(() => this.#connect(error));
  }

  #streams(channel: Channel): StreamPool {
    return new StreamPool(channel, {
      clock: this.#context.clock,
      name: this.name,
      openChannel: () => this.#context.openChannel(this.address),
    });
  }

  #probe(channel: Channel, patienceMs: number): Probe {
    return probe({
      clock: this.#context.clock,
      channel,
      endpoint: this.name,
      metadata: this.#context.statusMetadata(),
      patienceMs,
      heard: () => this.heard(channel),
    });
  }
}
