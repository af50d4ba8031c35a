export {
  checkBoolean,
  checkCallOptions,
  checkFunction,
  checkKnownOptions,
  checkNonNegativeInteger,
  checkPositiveInteger,
  checkSignal,
  checkTimeoutMs,
  type IntegerRange,
  int64,
  isRecord,
  listenerCheck,
  nonNegativeInt64,
  type OptionHints,
  type OptionNames,
  toBigInt,
  uint64,
} from './arguments.js';
export { addCallerStack, withCallerStack, withStackOfHere } from './caller-stack.js';
export {
  AbortError,
  AuthenticationError,
  abortedError,
  ClientClosedError,
  CompactedError,
  clientClosed,
  DecodeError,
  KeyExistsError,
  PermissionDeniedError,
  TimeoutError,
  timedOut,
  UnavailableError,
} from './classes.js';
export type { ErrorCode, Outcome } from './codes.js';
export {
  A_PROMISE,
  type Described,
  described,
  describeKey,
  describeKind,
  describeLease,
  describeStoredKey,
  describeValue,
  hide,
  redactAddress,
  showAddress,
  showWord,
  textOfKey,
} from './describe.js';
export { type ErrorDetails, EtcdError, withDetails, withoutStack } from './etcd-error.js';
export {
  type CancelContext,
  endedAtOnce,
  fromCancelReason,
  fromGrpcStatus,
  type GrpcCallContext,
  type GrpcStatus,
  isTransient,
  isUnexplained,
  needsNewToken,
} from './from-grpc.js';
export { GrpcCode } from './grpc-codes.js';
export { type GrpcStatusName, grpcStatusName } from './grpc-status.js';
export { InvalidArgumentError, invalidArgument, iteratedAlready } from './invalid-argument.js';
export { type Iteration, type IterationSource, iterateOnce } from './iteration.js';
export {
  type LeaseLossReason,
  LeaseLostError,
  LeaseNotFoundError,
  leaseNotFound,
  NotLeaderError,
  SessionLostError,
} from './lease-errors.js';
export {
  checkOnDecodeError,
  decodeErrorOf,
  type OnDecodeError,
  tellDecodeError,
} from './on-decode-error.js';
export { readPatiently } from './patient-read.js';
export { ItemDecodeError, TakeUnknownError } from './queue-errors.js';
export { toSafeNumber } from './safe-number.js';
