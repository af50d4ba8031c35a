/** Names and payloads of the diagnostics channels, for `node:diagnostics_channel`. */
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
export { CALL_CHANNEL, CHANNELS } from './names.js';
