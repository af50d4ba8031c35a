import {
  EtcdError,
  fromGrpcStatus,
  needsNewToken,
  TimeoutError,
  withDetails,
} from '../../errors/index.js';
import type { Method } from '../../rpc/method.js';
import type { CallScope } from '../call-scope.js';
import type { RawStatus } from '../channel/channel.js';
import type { Endpoints } from '../connection/balancer.js';
import type { Connection } from '../connection/endpoint.js';
import type { StreamPermit } from '../connection/stream-queue.js';
import type { TransportCallOptions } from '../transport.js';
import type { CallContext } from './call-context.js';

/** The start of a stream: a connection that is ready, a free stream there, and the token for it. */
export interface StreamStart {
  readonly connection: Connection;
  readonly permit: StreamPermit;
  readonly token: string | undefined;
}

/**
 * Waits for a token, a ready connection and a free stream, as long as the call may.
 *
 * @param tried endpoints that are taken only if there are no others
 */
export async function startStream(
  context: CallContext,
  options: TransportCallOptions,
  scope: CallScope,
  tried?: Endpoints,
): Promise<StreamStart> {
  const { balancer, auth } = context;
  const token = await auth?.get(scope, () => balancer.explain(scope));
  const only = options.endpoint === undefined ? undefined : balancer.require(options.endpoint);
  const avoided = options.avoid === undefined ? tried : balancer.named(options.avoid);
  const find = (): Connection | undefined =>
    only === undefined ? balancer.pick(avoided, 'lasting') : only.connection;
  const connection =
    find() ?? (await balancer.waitReady(scope, find, only, options.longestPauseMs));
  const { streams } = connection;
  const permit = streams.take('lasting') ?? (await streams.wait('lasting', scope));
  return { connection, permit, token };
}

/**
 * Makes the error of a stream that ended with this status, and notes a token that was refused. Of such a
 * refusal `retryable` says whether a new token may cure it.
 */
export function streamFailure<Request, Response>(
  context: CallContext,
  method: Method<Request, Response>,
  { connection, token }: StreamStart,
  status: RawStatus,
): EtcdError {
  const error = fromGrpcStatus(status, {
    method: method.name,
    endpoint: connection.endpoint.name,
    sent: true,
    write: false,
  });
  if (error instanceof TimeoutError) void connection.endpoint.suspect(connection);
  if (error.code === 'NOT_SUPPORTED_FOR_LEARNER' && !context.balancer.mayHaveVoter) {
    return withDetails(error, { retryable: false });
  }
  if (!needsNewToken(error)) return error;
  // Without credentials there is no other token to be had.
  if (context.auth === undefined) return withDetails(error, { retryable: false });
  try {
    context.auth.refused(token, error);
    return withDetails(error, { retryable: true });
  } catch (fatal) {
    return fatal instanceof EtcdError ? fatal : error;
  }
}
