import type { DiagnosticMessages } from './messages.js';

/** Name of the tracing channel with one trace for each request of the user. */
export const CALL_CHANNEL = 'etcd-kit.call';

/** Names of the plain channels, by their topics. */
export const CHANNELS = {
  /** Attempts after the first of a request: `RetryDiagnostics`. */
  retry: 'etcd-kit.retry',
  /** Endpoints: `EndpointDiagnostics`. */
  endpoint: 'etcd-kit.endpoint',
  /** Streams both ways: `StreamDiagnostics`. */
  stream: 'etcd-kit.stream',
  /** Watchers: `WatchDiagnostics`. */
  watch: 'etcd-kit.watch',
  /** Leases: `LeaseDiagnostics`. */
  lease: 'etcd-kit.lease',
  /** Locks, elections and their kin: `LockDiagnostics`. */
  lock: 'etcd-kit.lock',
} as const satisfies { readonly [Topic in keyof DiagnosticMessages]: `etcd-kit.${Topic}` };
