import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel';
import type { DiagnosticMessages } from './messages.js';

/** Name of the tracing channel with one trace for each request of the user. */
export const CALL_CHANNEL = 'etcd-kit.call';

/** Names of the plain channels, by their topics. */
export const CHANNELS = {
  retry: 'etcd-kit.retry',
  endpoint: 'etcd-kit.endpoint',
  stream: 'etcd-kit.stream',
  watch: 'etcd-kit.watch',
  lease: 'etcd-kit.lease',
  lock: 'etcd-kit.lock',
} as const satisfies { readonly [Topic in keyof DiagnosticMessages]: `etcd-kit.${Topic}` };

/** The five channels of a trace of a request. */
export const calls = tracingChannel(CALL_CHANNEL);

/** The plain channels. */
export const channels: { readonly [Topic in keyof DiagnosticMessages]: Channel } = {
  retry: channel(CHANNELS.retry),
  endpoint: channel(CHANNELS.endpoint),
  stream: channel(CHANNELS.stream),
  watch: channel(CHANNELS.watch),
  lease: channel(CHANNELS.lease),
  lock: channel(CHANNELS.lock),
};
