export {
  AbortError,
  AuthenticationError,
  ClientClosedError,
  CompactedError,
  DecodeError,
  KeyExistsError,
  PermissionDeniedError,
  TimeoutError,
  UnavailableError,
} from './classes.js';
export type { ErrorCode, Outcome } from './codes.js';
export { type ErrorDetails, EtcdError, withDetails } from './etcd-error.js';
export { describeValue, InvalidArgumentError, invalidArgument } from './invalid-argument.js';
export {
  LeaseLostError,
  type LeaseLossReason,
  LeaseNotFoundError,
  NotLeaderError,
  SessionLostError,
} from './lease-errors.js';
