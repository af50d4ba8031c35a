/** The numbers that gRPC gives its status codes. */
export const GrpcCode = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The names by which Go writes the codes into texts such as `rpc error: code = Unauthenticated desc = ...`. */
export const goCodeNames: Readonly<Record<string, number>> = {
  Canceled: GrpcCode.CANCELLED,
  Unknown: GrpcCode.UNKNOWN,
  InvalidArgument: GrpcCode.INVALID_ARGUMENT,
  DeadlineExceeded: GrpcCode.DEADLINE_EXCEEDED,
  NotFound: GrpcCode.NOT_FOUND,
  AlreadyExists: GrpcCode.ALREADY_EXISTS,
  PermissionDenied: GrpcCode.PERMISSION_DENIED,
  ResourceExhausted: GrpcCode.RESOURCE_EXHAUSTED,
  FailedPrecondition: GrpcCode.FAILED_PRECONDITION,
  Aborted: GrpcCode.ABORTED,
  OutOfRange: GrpcCode.OUT_OF_RANGE,
  Unimplemented: GrpcCode.UNIMPLEMENTED,
  Internal: GrpcCode.INTERNAL,
  Unavailable: GrpcCode.UNAVAILABLE,
  DataLoss: GrpcCode.DATA_LOSS,
  Unauthenticated: GrpcCode.UNAUTHENTICATED,
};
