import { EtcdError, fromGrpcStatus, needsNewToken } from '../errors/index.js';
import type { Method } from '../rpc/method.js';
import type { CallScope } from './call-scope.js';
import type { Connection, Endpoint } from './endpoint.js';
import type { RawStatus } from './raw-call.js';
import type { TransportCallOptions } from './transport.js';
import type { CallContext } from './unary-call.js';

/** What a stream is opened with: a connection that is ready, and the token for it. */
export interface StreamStart {
  readonly connection: Connection;
  readonly token: string | undefined;
}

const NONE: ReadonlySet<Endpoint> = new Set();

/** Waits for a token and a ready connection, as long as the call may. */
export async function startStream(
  context: CallContext,
  options: TransportCallOptions,
  scope: CallScope,
): Promise<StreamStart> {
  const { balancer, auth } = context;
  const token = await auth?.get(scope);
  if (options.endpoint !== undefined) {
    const endpoint = balancer.require(options.endpoint);
    const find = (): Connection | undefined => endpoint.connection;
    return { connection: find() ?? (await balancer.waitReady(scope, find, [endpoint])), token };
  }
  const avoided = options.avoid === undefined ? NONE : balancer.named(options.avoid);
  const find = (): Connection | undefined => balancer.pick(avoided);
  return { connection: find() ?? (await balancer.waitReady(scope, find)), token };
}

/** The error of a stream that ended with this status; notes a token that was refused. */
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
  if (!needsNewToken(error) || context.auth === undefined) return error;
  try {
    context.auth.refused(token, error);
    return error;
  } catch (fatal) {
    return fatal instanceof EtcdError ? fatal : error;
  }
}
