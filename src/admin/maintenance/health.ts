import { EtcdError, PermissionDeniedError } from '../../errors/index.js';
import { encodeUtf8 } from '../../internal/bytes.js';
import { kv } from '../../rpc/services.js';
import type { TransportCallOptions } from '../../transport/transport.js';
import { listAlarms } from './alarms.js';
import type { MaintenanceContext } from './context.js';

/** Health of one endpoint. */
export interface EndpointHealth {
  /** The endpoint, as `etcd.endpoints` has it. */
  readonly endpoint: string;
  /** True when the endpoint answered a linearizable read and no alarm is raised. A learner is never healthy. */
  readonly healthy: boolean;
  /** The reason why the endpoint is not healthy. */
  readonly error?: EtcdError;
  /** Milliseconds that the read took, or that were waited for it. */
  readonly latencyMs: number;
}

/** Deadline of a check where the client has none, in milliseconds: a check always ends. */
const TIMEOUT_MS = 5_000;

/** The key that `etcdctl endpoint health` reads; it need not exist. */
const HEALTH_KEY = encodeUtf8('health');

/**
 * Asks every endpoint at once, each by a read of its own that a majority must agree to. A failure of an
 * endpoint is its result.
 *
 * @throws AbortError and `CLIENT_CLOSED`, which end the whole check
 */
export function checkHealth(
  context: MaintenanceContext,
  call: TransportCallOptions,
): Promise<readonly EndpointHealth[]> {
  const timeoutMs = call.timeoutMs ?? (context.timeoutMs || TIMEOUT_MS);
  return Promise.all(
    context.endpoints().map((endpoint) => {
      return checkOne(context, { ...call, timeoutMs, endpoint, operation: 'health' });
    }),
  );
}

async function checkOne(
  { transport, clock }: MaintenanceContext,
  call: TransportCallOptions & { readonly endpoint: string },
): Promise<EndpointHealth> {
  const { endpoint } = call;
  const startedAt = clock.now();
  const error = await failureOf(transport.unary(kv.range, { key: HEALTH_KEY }, call));
  const latencyMs = clock.now() - startedAt;
  // The majority agreed before the permission was looked at.
  if (error !== undefined && !(error instanceof PermissionDeniedError)) {
    return { endpoint, healthy: false, error, latencyMs };
  }
  const alarm = await raisedAlarm(transport, call);
  if (alarm !== undefined) return { endpoint, healthy: false, error: alarm, latencyMs };
  return { endpoint, healthy: true, latencyMs };
}

/** Returns the error of a call that failed. Throws those that end the whole check. */
async function failureOf(answer: Promise<unknown>): Promise<EtcdError | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    if (error.code === 'ABORTED' || error.code === 'CLIENT_CLOSED') throw error;
    // A refusal that was repeated until the deadline says more than the deadline.
    return error.code === 'TIMEOUT' && error.cause instanceof EtcdError ? error.cause : error;
  }
}

/**
 * Returns an error if alarms are raised: they stop writes while reads go on. A user who may not list alarms
 * learns of none.
 */
async function raisedAlarm(
  transport: MaintenanceContext['transport'],
  call: TransportCallOptions & { readonly endpoint: string },
): Promise<EtcdError | undefined> {
  let raised: Awaited<ReturnType<typeof listAlarms>> = [];
  const refused = await failureOf(
    listAlarms(transport, call).then((alarms) => {
      raised = alarms;
    }),
  );
  if (refused !== undefined || raised.length === 0) return undefined;
  const names = raised.map(({ memberId, alarm }) => `${alarm} of member ${memberId.toString(16)}`);
  return new EtcdError(`alarms are raised: ${names.join(', ')}`, {
    code: raised.some(({ alarm }) => alarm === 'CORRUPT') ? 'CORRUPT_CLUSTER' : 'NO_SPACE',
    endpoint: call.endpoint,
    outcome: 'not-applied',
  });
}
