import {
  type ChannelOptions,
  Channel as GrpcChannel,
  Metadata,
  connectivityState as State,
} from '@grpc/grpc-js';
import { MAX_TIMER_MS, systemClock } from '../../internal/clock.js';
import type { CallMetadata } from '../transport.js';
import type { Address } from './address.js';
import {
  type CancelCall,
  type Channel,
  type ChannelContext,
  type ChannelState,
  LARGEST_ANSWER_BYTES,
  type OpenChannel,
  type RawStatus,
  type RawStream,
  type StreamListener,
} from './channel.js';
import { channelSecurity } from './credentials.js';
import { KeepAlive } from './keep-alive.js';
import { peerStreamLimit } from './peer-limit.js';
import { streamCall, unaryCall } from './raw-call.js';
import { readTls } from './tls-options.js';

/** The first pause of the channel's own reconnecting; its default of a second is too slow for etcd. */
const RECONNECT_BACKOFF_MS = 100;

/**
 * Bytes that a server may send on a stream, and on the whole connection, before it has to hear that
 * some were taken: a page of an iteration. HTTP/2's own 64 KiB are too few for large answers, which then
 * wait for the way to the server and back again and again. A stream that is not read holds so much here.
 */
const RECEIVE_WINDOW_BYTES = 2 ** 20;

const UNLIMITED = -1;
const OFF = 0;
const ON = 1;

/** Makes a channel over grpc-js. */
export const openGrpcJsChannel: OpenChannel = async (
  address: Address,
  context: ChannelContext,
): Promise<GrpcJsChannel> => {
  const tls = await readTls(context.tls);
  const security = channelSecurity(address, tls);
  const keepAlive = new KeepAlive(context.keepAlive, context.clock ?? systemClock);
  keepAlive.observe(security.credentials);
  const channel = new GrpcChannel(address.target, security.credentials, {
    ...CHANNEL_OPTIONS,
    'grpc.max_receive_message_length': context.maxReceiveBytes ?? LARGEST_ANSWER_BYTES,
    ...(context.authority !== undefined &&
      !address.secure && { 'grpc.default_authority': context.authority }),
    ...keepAlive.channelOptions,
    ...security.options,
  });
  return new GrpcJsChannel(channel, keepAlive);
};

const STATES: Readonly<Record<ChannelState, State>> = {
  idle: State.IDLE,
  connecting: State.CONNECTING,
  ready: State.READY,
  failed: State.TRANSIENT_FAILURE,
  closed: State.SHUTDOWN,
};

const STATE_NAMES = new Map(
  Object.entries(STATES).map(([name, state]) => [state, name as ChannelState]),
);

/** A channel of grpc-js. */
class GrpcJsChannel implements Channel {
  /** The channel itself, as calls need it. */
  readonly channel: GrpcChannel;
  readonly callOpened: () => () => void;
  readonly #keepAlive: KeepAlive;
  #closed = false;

  constructor(channel: GrpcChannel, keepAlive: KeepAlive) {
    this.channel = channel;
    this.#keepAlive = keepAlive;
    this.callOpened = () => keepAlive.callOpened();
  }

  get state(): ChannelState {
    return STATE_NAMES.get(this.channel.getConnectivityState(false)) ?? 'closed';
  }

  connect(): void {
    // It would wake a channel that was closed.
    if (!this.#closed) this.channel.getConnectivityState(true);
  }

  onStateChange(from: ChannelState, changed: () => void): void {
    if (!this.#closed) this.channel.watchConnectivityState(STATES[from], Infinity, changed);
  }

  get streamLimit(): number {
    return peerStreamLimit(this.channel);
  }

  get receivedBytes(): number {
    return this.#keepAlive.receivedBytes;
  }

  unary(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    message: Uint8Array,
    done: (status: RawStatus, answer: Uint8Array | undefined) => void,
  ): CancelCall {
    return unaryCall(this, path, grpcMetadata(metadata), timeoutMs, message, done);
  }

  stream(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    listener: StreamListener,
  ): RawStream {
    return streamCall(this, path, grpcMetadata(metadata), timeoutMs, listener);
  }

  close(): void {
    this.#closed = true;
    this.channel.close();
  }

  destroy(): void {
    this.close();
    this.#keepAlive.end();
  }
}

/** The metadata of grpc-js for each that calls were made with: most share one of two. */
const metadataOf = new WeakMap<CallMetadata, Metadata>();

function grpcMetadata(given: CallMetadata): Metadata {
  const known = metadataOf.get(given);
  if (known !== undefined) return known;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(given)) metadata.set(key, value);
  metadataOf.set(given, metadata);
  return metadata;
}

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF_MS,
  // The server has its own limit for requests.
  'grpc.max_send_message_length': UNLIMITED,
  'grpc-node.flow_control_window': RECEIVE_WINDOW_BYTES,
  // Only the given endpoints are spoken to: no proxy from the environment, no configuration from DNS.
  'grpc.enable_http_proxy': OFF,
  'grpc.service_config_disable_resolution': ON,
  // A connection belongs to one channel, so closing the channel closes it.
  'grpc.use_local_subchannel_pool': ON,
  'grpc.enable_channelz': OFF,
  // Whether a connection is kept is decided here, not by an idle timer.
  'grpc.client_idle_timeout_ms': MAX_TIMER_MS,
};
