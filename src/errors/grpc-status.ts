import type { ErrorCode } from './codes.js';
import { EtcdError } from './etcd-error.js';
import { GrpcCode } from './grpc-codes.js';

/** Name of a gRPC status, such as `OUT_OF_RANGE`. */
export type GrpcStatusName = keyof typeof GrpcCode;

const NAMES = new Map<number, GrpcStatusName>(
  (Object.keys(GrpcCode) as GrpcStatusName[]).map((name) => [GrpcCode[name], name]),
);

/** Statuses that a gRPC client gives a call by itself, by our codes for the same. */
const OWN: { readonly [Code in ErrorCode]?: GrpcStatusName } = {
  ABORTED: 'CANCELLED',
  CLIENT_CLOSED: 'CANCELLED',
  INTERNAL: 'INTERNAL',
  NO_LEADER: 'UNAVAILABLE',
  TIMEOUT: 'DEADLINE_EXCEEDED',
  TOKEN_UNAVAILABLE: 'UNAUTHENTICATED',
  UNAVAILABLE: 'UNAVAILABLE',
  UNIMPLEMENTED: 'UNIMPLEMENTED',
  UNSUPPORTED: 'UNIMPLEMENTED',
};

/**
 * Returns the name of the gRPC status that a call has failed with. For a call that ended without a status, it
 * is the one that a gRPC client would have given it. `UNKNOWN` for errors that are not of a call.
 */
export function grpcStatusName(error: unknown): GrpcStatusName {
  if (!(error instanceof EtcdError)) return 'UNKNOWN';
  return receivedStatus(error.cause) ?? OWN[error.code] ?? 'UNKNOWN';
}

/** The status in the cause of an error. The errors of a signal have numbers for codes, too, but no details. */
function receivedStatus(cause: unknown): GrpcStatusName | undefined {
  if (typeof cause !== 'object' || cause === null || !('details' in cause)) return undefined;
  return 'code' in cause && typeof cause.code === 'number' ? NAMES.get(cause.code) : undefined;
}
