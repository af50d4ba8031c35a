import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel';
import type { DiagnosticMessages } from './messages.js';
import { CALL_CHANNEL, CHANNELS } from './names.js';

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
