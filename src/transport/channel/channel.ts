import { Channel, type ChannelOptions } from '@grpc/grpc-js';
import { type Clock, MAX_TIMER_MS, systemClock } from '../../internal/clock.js';
import type { Address } from './address.js';
import { channelSecurity } from './credentials.js';
import { KeepAlive, setKeepAlive } from './keep-alive.js';
import type { KeepAliveOptions } from './keep-alive-options.js';
import { checkTlsOptions, type TlsOptions } from './tls-options.js';

/** The first pause of the channel's own reconnecting; its default of a second is too slow for etcd. */
const RECONNECT_BACKOFF_MS = 100;

/**
 * Bytes that a server may send on a stream, and on the whole connection, before it has to hear that
 * some were taken: a page of an iteration. HTTP/2's own 64 KiB are too few for large answers, which then
 * wait for the way to the server and back again and again. A stream that is not read holds so much here.
 */
const RECEIVE_WINDOW_BYTES = 2 ** 20;

/**
 * The largest answer: what a Go server can send at most. Answers of etcd may be as large as they are; a
 * length beyond this is garbage, and waiting for so many bytes would be in vain.
 */
const LARGEST_ANSWER_BYTES = 2 ** 31 - 1;

const UNLIMITED = -1;
const OFF = 0;
const ON = 1;

/** Settings that all channels of a client share. */
export interface ChannelConfig {
  readonly tls?: TlsOptions | (() => Promise<TlsOptions>) | undefined;
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** Default: that of the system. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the channel for one connection. TLS options that come from a function are read here, so a
 * renewed certificate is used from the next connection on.
 */
export async function openChannel(address: Address, config: ChannelConfig): Promise<Channel> {
  const tls = typeof config.tls === 'function' ? await config.tls() : config.tls;
  if (tls !== undefined) checkTlsOptions(tls);
  const security = channelSecurity(address, tls);
  const keepAlive = new KeepAlive(config.keepAlive, config.clock ?? systemClock);
  keepAlive.observe(security.credentials);
  const channel = new Channel(address.target, security.credentials, {
    ...CHANNEL_OPTIONS,
    ...keepAlive.channelOptions,
    ...security.options,
  });
  setKeepAlive(channel, keepAlive);
  return channel;
}

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF_MS,
  'grpc.max_receive_message_length': LARGEST_ANSWER_BYTES,
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
