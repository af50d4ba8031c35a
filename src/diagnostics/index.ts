/** Names and payloads of the diagnostics channels, for `node:diagnostics_channel`. */
export { CALL_CHANNEL, CHANNELS } from './channels.js';
export type {
  CallDiagnostics,
  DiagnosticMessages,
  EndpointDiagnostics,
  LeaseDiagnostics,
  LockDiagnostics,
  RetryDiagnostics,
  SetAsideReason,
  StreamDiagnostics,
  WatchDiagnostics,
} from './messages.js';
