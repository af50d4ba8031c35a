import { type Channel, connectivityState, type Metadata } from '@grpc/grpc-js';
import { type EtcdError, UnavailableError } from '../errors/index.js';
import { type BackoffShape, backoffDelay } from '../internal/backoff.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import type { StatusResponse } from '../rpc/generated/types.js';
import type { Address } from './address.js';
import { type ServerInfo, serverInfo } from './capabilities.js';
import { type Probe, probe } from './probe.js';
import { StreamPool } from './stream-pool.js';

/** How long a server has for its first answer, connection and handshake included. */
const CONNECT_TIMEOUT_MS = 3_000;

/** How long a server under suspicion has to show that it lives. */
export const SUSPECT_TIMEOUT_MS = 500;

/** Pauses between attempts to reach an endpoint; the first attempt after a failure comes at once. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A server that was ready for this long starts again with a clean record. */
const FORGIVEN_AFTER_MS = 5_000;

/** Pauses between looks at a member that is second choice: it may see a leader again, or be promoted. */
const RECHECK: BackoffShape = { initialMs: 500, maxMs: 10_000 };

/** A connection that answered its first call. It is used until its channel breaks. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly channel: Channel;
  /** Gives out the streams that calls may open. */
  readonly streams: StreamPool;
  readonly info: ServerInfo;
}

/**
 * Where an endpoint stands.
 *
 * - `idle`: nobody needed it yet.
 * - `connecting`: a first call (Status) is on its way; any answer admits the server.
 * - `ready`: calls may go there.
 * - `suspect`: connected, but a call got no answer in time; a Status call decides.
 * - `aside`: it failed; a timer brings the next attempt, on the same channel if that is connected.
 * - `closed`: for good.
 */
type State =
  | { readonly kind: 'idle' | 'closed' }
  | { readonly kind: 'connecting'; readonly last: EtcdError | undefined; abandon(): void }
  | { readonly kind: 'ready'; readonly connection: Connection; readonly since: number }
  | {
      readonly kind: 'suspect';
      readonly connection: Connection;
      readonly serves: Promise<boolean>;
      abandon(): void;
    }
  | {
      readonly kind: 'aside';
      readonly error: EtcdError;
      readonly timer: TimerHandle;
      readonly kept: Channel | undefined;
    };

/** What an endpoint needs from the client it belongs to. */
export interface EndpointHost {
  readonly clock: Clock;
  /** The client option that states the server's version. */
  readonly serverVersion: string | undefined;
  openChannel(address: Address): Promise<Channel>;
  /** The metadata of a Status call: with a token only if there is one already. */
  statusMetadata(): Metadata;
  /** Whether the server is of the right cluster: an error when it is not. */
  admit(endpoint: Endpoint, info: ServerInfo): EtcdError | undefined;
  /** The endpoint became ready, or stopped being so, or more is known of it. */
  changed(endpoint: Endpoint): void;
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
  /** How the streams that are open there are ended when the endpoint is not used any more. */
  readonly streams = new Set<() => void>();
  /** The channel whose end is being watched. */
  #watched: Channel | undefined;
  /** A Status call about a server that stays in use meanwhile. */
  #question: Probe | undefined;
  #recheck: TimerHandle | undefined;
  #rechecks = 0;

  constructor(address: Address, host: EndpointHost) {
    this.address = address;
    this.#host = host;
  }

  /** The endpoint's name in errors, events and options. */
  get name(): string {
    return this.address.endpoint;
  }

  /** The connection calls may use now. */
  get connection(): Connection | undefined {
    return this.#state.kind === 'ready' ? this.#state.connection : undefined;
  }

  /** Whether waiting for it is in vain: its server belongs to another cluster, or it was taken out. */
  get hopeless(): boolean {
    return this.#refused || this.#state.kind === 'closed';
  }

  /** Why calls cannot go there, in words. */
  get reason(): string {
    switch (this.#state.kind) {
      case 'aside':
        return this.#state.error.message;
      case 'connecting':
        return this.#state.last?.message ?? 'no answer yet';
      case 'suspect':
        return 'it stopped answering';
      case 'closed':
        return 'it is not an endpoint of the client any more';
      default:
        return this.#state.kind;
    }
  }

  /** The error it was set aside with. */
  get error(): EtcdError | undefined {
    if (this.#state.kind === 'aside') return this.#state.error;
    return this.#state.kind === 'connecting' ? this.#state.last : undefined;
  }

  /** Starts connecting if nobody did yet. */
  connect(): void {
    if (this.#state.kind === 'idle') void this.#connect(undefined);
  }

  /** Makes the next attempt now that a timer would bring: somebody cannot wait for it. */
  hurry(): void {
    if (this.#state.kind !== 'aside' || this.#refused) return;
    this.#state.timer.cancel();
    this.#tryAgain();
  }

  /** A call was answered: the endpoint's record is clean again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * A call got no answer in time. The endpoint is not used until it has answered a Status call; if
   * it does not, it is set aside.
   *
   * @returns whether the call can hope for an answer: the server lives, and sees a leader
   */
  suspect(connection: Connection, error: EtcdError, timeoutMs: number): Promise<boolean> {
    const state = this.#state;
    if (state.kind === 'suspect') return state.serves;
    if (state.kind !== 'ready' || state.connection.channel !== connection.channel) {
      return Promise.resolve(false);
    }
    const { channel } = connection;
    const { result, cancel } = this.#probe(channel, timeoutMs);
    const serves = result.then(({ alive, answer }) => {
      const now = this.#state;
      if (now.kind !== 'suspect' || now.connection.channel !== channel) return false;
      if (!alive) {
        this.#setAside(error, channel);
        this.#endStreams();
        return false;
      }
      this.#adopt(channel, answer, now.connection.info);
      return this.connection?.info.hasLeader ?? false;
    });
    this.#state = { kind: 'suspect', connection: state.connection, serves, abandon: cancel };
    this.#failures++;
    this.#host.changed(this);
    return serves;
  }

  /** The server showed itself to be of another cluster: no call may go there. */
  refuse(error: EtcdError): void {
    const channel = this.#openConnection()?.channel;
    if (this.#state.kind === 'closed') return;
    this.#refused = true;
    this.#failures++;
    this.#setAside(error, undefined);
    this.#endStreams();
    channel?.close();
  }

  /** Asks a server that stays in use for its status: what is known of it may have changed. */
  async ask(): Promise<void> {
    const { connection } = this;
    if (connection === undefined || this.#question !== undefined) return;
    this.#question = this.#probe(connection.channel, CONNECT_TIMEOUT_MS);
    const { answer } = await this.#question.result;
    this.#question = undefined;
    const now = this.connection;
    if (now?.channel !== connection.channel) return;
    if (answer === undefined) this.#planRecheck(now);
    else this.#adopt(now.channel, answer, now.info);
  }

  /** As `ask`, of a server that did not tell its version so far. */
  askAgain(): void {
    if (this.connection?.info.clusterId === undefined) void this.ask();
  }

  /** Ends the connection and every attempt to make one. Unary calls under way there are finished. */
  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#question?.cancel();
    this.#recheck?.cancel();
    if (state.kind === 'aside') {
      state.timer.cancel();
      state.kept?.close();
    }
    if (state.kind === 'connecting' || state.kind === 'suspect') state.abandon();
    this.#endStreams();
    if (state.kind === 'ready' || state.kind === 'suspect') {
      state.connection.streams.close();
      state.connection.channel.close();
    }
  }

  #endStreams(): void {
    for (const end of [...this.streams]) end();
  }

  #openConnection(): Connection | undefined {
    return this.#state.kind === 'ready' || this.#state.kind === 'suspect'
      ? this.#state.connection
      : undefined;
  }

  async #connect(last: EtcdError | undefined, reuse?: Channel): Promise<void> {
    let abandon = (): void => reuse?.close();
    const state: State = { kind: 'connecting', last, abandon: () => abandon() };
    this.#state = state;
    let channel: Channel;
    try {
      channel = reuse ?? (await this.#host.openChannel(this.address));
    } catch (error) {
      if (this.#state === state) this.#setAside(this.#failure(error), undefined);
      return;
    }
    if (this.#state !== state) {
      channel.close();
      return;
    }
    const { result, cancel } = this.#probe(channel, CONNECT_TIMEOUT_MS);
    abandon = () => {
      cancel();
      channel.close();
    };
    const { alive, answer, error } = await result;
    if (this.#state !== state) return;
    if (alive) {
      this.#adopt(channel, answer, undefined);
      return;
    }
    this.#failures++;
    const keep = isConnected(channel);
    if (!keep) channel.close();
    this.#setAside(error, keep ? channel : undefined);
  }

  /** Takes a server in, or takes note of its answer, unless it is of another cluster. */
  #adopt(
    channel: Channel,
    answer: StatusResponse | undefined,
    known: ServerInfo | undefined,
  ): void {
    const info =
      answer === undefined && known !== undefined
        ? known
        : serverInfo(answer, this.#host.serverVersion);
    const mismatch = this.#host.admit(this, info);
    if (mismatch !== undefined) {
      this.refuse(mismatch);
      channel.close();
      return;
    }
    if (known === undefined && !isConnected(channel)) {
      // The server answered and went.
      channel.close();
      this.#failures++;
      this.#setAside(this.#lost(), undefined);
      return;
    }
    const streams = this.#openConnection()?.streams ?? this.#streams(channel);
    const connection: Connection = { endpoint: this, channel, streams, info };
    this.#refused = false;
    this.#state = { kind: 'ready', connection, since: this.#host.clock.now() };
    this.#planRecheck(connection);
    this.#host.changed(this);
    if (known !== undefined) return;
    this.#watch(channel);
    this.#host.connected(this);
  }

  /** Looks again, now and then, at a member that calls avoid as long as there are better ones. */
  #planRecheck({ info }: Connection): void {
    this.#recheck?.cancel();
    this.#recheck = undefined;
    if (info.hasLeader && !info.isLearner) {
      this.#rechecks = 0;
      return;
    }
    const { clock } = this.#host;
    const pause = backoffDelay(this.#rechecks++, RECHECK, clock);
    this.#recheck = clock.setTimeout(() => void this.ask(), pause);
    this.#recheck.unref();
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
    if (this.#watched === channel) return;
    this.#watched = channel;
    const lost = (): void => {
      if (this.#watched === channel) this.#watched = undefined;
      const state = this.#state;
      if (this.#openConnection()?.channel !== channel) return;
      channel.close();
      const { clock } = this.#host;
      if (state.kind === 'ready' && clock.now() - state.since > FORGIVEN_AFTER_MS) {
        this.#failures = 0;
      }
      this.#setAside(this.#lost(), undefined);
      this.#failures++;
    };
    if (isConnected(channel)) {
      channel.watchConnectivityState(connectivityState.READY, Infinity, lost);
    } else {
      lost();
    }
  }

  #setAside(error: EtcdError, kept: Channel | undefined): void {
    const open = this.#openConnection();
    open?.streams.close();
    this.#question?.cancel();
    this.#recheck?.cancel();
    const { clock } = this.#host;
    const timer = clock.setTimeout(
      () => this.#tryAgain(),
      this.#failures === 0 ? 0 : backoffDelay(this.#failures - 1, BACKOFF, clock),
    );
    timer.unref();
    this.#state = { kind: 'aside', error, timer, kept };
    this.#host.changed(this);
    if (open !== undefined) this.#host.disconnected(this, error);
  }

  #tryAgain(): void {
    if (this.#state.kind !== 'aside') return;
    const { error, kept } = this.#state;
    const reuse = kept !== undefined && isConnected(kept) ? kept : undefined;
    if (reuse === undefined) kept?.close();
    void this.#connect(error, reuse);
  }

  #streams(channel: Channel): StreamPool {
    return new StreamPool(channel, {
      clock: this.#host.clock,
      name: this.name,
      openChannel: () => this.#host.openChannel(this.address),
    });
  }

  #probe(channel: Channel, timeoutMs: number): Probe {
    return probe(channel, this.name, this.#host.statusMetadata(), timeoutMs);
  }

  #failure(cause: unknown): EtcdError {
    this.#failures++;
    return new UnavailableError(cause instanceof Error ? cause.message : String(cause), {
      endpoint: this.name,
      outcome: 'not-sent',
      retryable: true,
      cause,
    });
  }
}

function isConnected(channel: Channel): boolean {
  return channel.getConnectivityState(false) === connectivityState.READY;
}
