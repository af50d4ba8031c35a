import { type Channel, status as Code, connectivityState, type Metadata } from '@grpc/grpc-js';
import { type EtcdError, fromGrpcStatus, UnavailableError } from '../errors/index.js';
import { type BackoffShape, backoffDelay } from '../internal/backoff.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import type { StatusResponse } from '../rpc/generated/types.js';
import { maintenance } from '../rpc/services.js';
import type { Address } from './address.js';
import { type ServerInfo, serverInfo } from './capabilities.js';
import { type RawStatus, unaryCall } from './raw-call.js';

/** How long a server has for its first answer, connection and handshake included. */
export const CONNECT_TIMEOUT_MS = 3_000;

/** How long a server under suspicion has to show that it lives. */
export const SUSPECT_TIMEOUT_MS = 500;

/** Pauses between attempts to reach an endpoint; the first attempt after a failure comes at once. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A server that was ready for this long starts again with a clean record. */
const FORGIVEN_AFTER_MS = 5_000;

/** A connection that answered its first call. It is used until its channel breaks. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly channel: Channel;
  readonly info: ServerInfo;
}

/**
 * Where an endpoint stands.
 *
 * - `idle`: nobody needed it yet.
 * - `connecting`: a first call (Status) is on its way; any answer admits the server.
 * - `ready`: calls may go there.
 * - `suspect`: connected, but a call got no answer in time; a Status call decides.
 * - `aside`: it failed; a timer brings the next attempt.
 * - `closed`: for good.
 */
type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly last: EtcdError | undefined }
  | { readonly kind: 'ready'; readonly connection: Connection; readonly since: number }
  | { readonly kind: 'suspect'; readonly connection: Connection; readonly alive: Promise<boolean> }
  | { readonly kind: 'aside'; readonly error: EtcdError; readonly timer: TimerHandle }
  | { readonly kind: 'closed' };

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
  /** The endpoint became ready, or stopped being so. */
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
  /** How the streams that are open there are ended when the endpoint is taken out of the client. */
  readonly streams = new Set<() => void>();
  /** The channel whose end is being watched. */
  #watched: Channel | undefined;

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

  /** Whether the endpoint is out because its server belongs to another cluster. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Why calls cannot go there, in words. */
  get reason(): string {
    switch (this.#state.kind) {
      case 'aside':
        return this.#state.error.message;
      case 'connecting':
        return this.#state.last?.message ?? 'still connecting';
      case 'suspect':
        return 'it stopped answering';
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

  /** A call was answered: the endpoint's record is clean again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * A call got no answer in time. The endpoint is not used until it has answered a Status call; if
   * it does not, it is set aside.
   *
   * @returns whether it lives
   */
  suspect(connection: Connection, error: EtcdError, timeoutMs: number): Promise<boolean> {
    const state = this.#state;
    if (state.kind === 'suspect') return state.alive;
    if (state.kind !== 'ready' || state.connection.channel !== connection.channel) {
      return Promise.resolve(false);
    }
    const { channel } = connection;
    const alive = this.#probe(channel, timeoutMs).then((probe) => {
      if (this.#state.kind !== 'suspect' || this.#openConnection()?.channel !== channel) return false;
      if (answered(probe)) this.#ready(state.connection);
      else this.#setAside(error, channel);
      return answered(probe);
    });
    this.#state = { kind: 'suspect', connection: state.connection, alive };
    this.#failures++;
    this.#host.changed(this);
    return alive;
  }

  /** The server showed itself to be of another cluster: no call may go there. */
  refuse(error: EtcdError): void {
    const channel = this.#openConnection()?.channel;
    if (this.#state.kind === 'closed') return;
    this.#refused = true;
    this.#failures++;
    this.#setAside(error, undefined);
    channel?.close();
  }

  /** Asks a server again that did not tell its version, now that there is a token to ask with. */
  async askAgain(): Promise<void> {
    const connection = this.connection;
    if (connection === undefined || connection.info.clusterId !== undefined) return;
    const status = await this.#probe(connection.channel, CONNECT_TIMEOUT_MS);
    if (this.connection !== connection || status.answer === undefined) return;
    this.#adopt(connection.channel, status.answer);
  }

  /** Ends the connection and every attempt to make one. */
  close(): void {
    const connection = this.#openConnection();
    if (this.#state.kind === 'aside') this.#state.timer.cancel();
    this.#state = { kind: 'closed' };
    for (const end of [...this.streams]) end();
    connection?.channel.close();
  }

  #openConnection(): Connection | undefined {
    return this.#state.kind === 'ready' || this.#state.kind === 'suspect'
      ? this.#state.connection
      : undefined;
  }

  async #connect(last: EtcdError | undefined, reuse?: Channel): Promise<void> {
    const state: State = { kind: 'connecting', last };
    this.#state = state;
    let channel: Channel;
    try {
      channel = reuse ?? (await this.#host.openChannel(this.address));
    } catch (error) {
      if (this.#state === state) this.#setAside(this.#failure(error), undefined);
      return;
    }
    const status = await this.#probe(channel, CONNECT_TIMEOUT_MS);
    if (this.#state !== state) {
      channel.close();
      return;
    }
    if (answered(status)) {
      this.#adopt(channel, status.answer);
      return;
    }
    this.#failures++;
    const keep = isConnected(channel);
    if (!keep) channel.close();
    this.#setAside(this.#statusError(status), keep ? channel : undefined);
  }

  /** Takes a server in, unless it is of another cluster. */
  #adopt(channel: Channel, answer: StatusResponse | undefined): void {
    const info = serverInfo(answer, this.#host.serverVersion);
    const connection: Connection = { endpoint: this, channel, info };
    const mismatch = this.#host.admit(this, info);
    if (mismatch !== undefined) {
      channel.close();
      this.#refused = true;
      this.#failures++;
      this.#setAside(mismatch, undefined);
      return;
    }
    const known = this.connection?.channel === channel;
    this.#refused = false;
    this.#ready(connection);
    if (known) return;
    this.#watch(connection);
    this.#host.connected(this);
  }

  #ready(connection: Connection): void {
    this.#state = { kind: 'ready', connection, since: this.#host.clock.now() };
    this.#host.changed(this);
  }

  /** Notices when the channel loses its connection. */
  #watch({ channel }: Connection): void {
    if (this.#watched === channel) return;
    this.#watched = channel;
    const lost = (): void => {
      const state = this.#state;
      const current = this.#openConnection();
      if (current?.channel !== channel) return;
      channel.close();
      this.#watched = undefined;
      if (state.kind === 'ready' && this.#host.clock.now() - state.since > FORGIVEN_AFTER_MS) {
        this.#failures = 0;
      }
      this.#setAside(
        new UnavailableError('the connection was lost', { endpoint: this.name, outcome: 'not-sent' }),
        undefined,
      );
      this.#failures++;
    };
    if (isConnected(channel)) {
      channel.watchConnectivityState(connectivityState.READY, Infinity, lost);
    } else {
      lost();
    }
  }

  #setAside(error: EtcdError, keep: Channel | undefined): void {
    const wasConnected = this.#openConnection() !== undefined;
    const { clock } = this.#host;
    const timer = clock.setTimeout(
      () => {
        const reuse = keep !== undefined && isConnected(keep) ? keep : undefined;
        if (reuse === undefined) keep?.close();
        void this.#connect(error, reuse);
      },
      this.#failures === 0 ? 0 : backoffDelay(this.#failures - 1, BACKOFF, clock),
    );
    timer.unref();
    this.#state = { kind: 'aside', error, timer };
    this.#host.changed(this);
    if (wasConnected) this.#host.disconnected(this, error);
  }

  #probe(channel: Channel, timeoutMs: number): Promise<Probe> {
    return new Promise((resolve) => {
      const deadline = Date.now() + timeoutMs;
      const { path, encode, decode } = maintenance.status;
      unaryCall(channel, path, this.#host.statusMetadata(), deadline, encode({}), (status, bytes) =>
        resolve({ status, answer: bytes === undefined ? undefined : decode(bytes) }),
      );
    });
  }

  #statusError({ status }: Probe): EtcdError {
    return fromGrpcStatus(status, {
      method: maintenance.status.name,
      endpoint: this.name,
      sent: false,
      write: false,
    });
  }

  #failure(cause: unknown): EtcdError {
    this.#failures++;
    return new UnavailableError(cause instanceof Error ? cause.message : String(cause), {
      endpoint: this.name,
      outcome: 'not-sent',
      cause,
    });
  }
}

/** What became of a Status call. */
interface Probe {
  readonly status: RawStatus;
  readonly answer: StatusResponse | undefined;
}

/** Codes that only a server gives: it lives, and does not want to tell. */
const REFUSALS: ReadonlySet<number> = new Set([
  Code.UNKNOWN,
  Code.INVALID_ARGUMENT,
  Code.PERMISSION_DENIED,
  Code.UNAUTHENTICATED,
  Code.UNIMPLEMENTED,
  Code.FAILED_PRECONDITION,
]);

/** Any word from the server itself shows that it lives, a refusal too. */
function answered({ status, answer }: Probe): boolean {
  return answer !== undefined || REFUSALS.has(status.code);
}

function isConnected(channel: Channel): boolean {
  return channel.getConnectivityState(false) === connectivityState.READY;
}
