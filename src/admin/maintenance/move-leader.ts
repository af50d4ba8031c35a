import {
  EtcdError,
  type Outcome,
  type TimeoutError,
  timedOut,
  UnavailableError,
} from '../../errors/index.js';
import { Deadline } from '../../internal/deadline.js';
import { LinkedSignal } from '../../internal/linked-signal.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import { cluster, maintenance } from '../../rpc/services.js';
import type { TransportCallOptions } from '../../transport/transport.js';
import type { MaintenanceContext } from './context.js';

/** The leader may change between the search for it and the call. */
const MOST_ROUNDS = 3;

/** Milliseconds for the endpoints to say which of them leads: one that is down must not use up the call's. */
const SEARCH_TIMEOUT_MS = 2_000;

/** Finds the leader, among the client's endpoints or beside them, and has it hand over to `targetId`. */
export async function moveLeader(
  context: MaintenanceContext,
  targetId: bigint,
  call: TransportCallOptions,
): Promise<void> {
  const timeoutMs = call.timeoutMs ?? context.timeoutMs;
  const deadline = Deadline.in(context.clock, timeoutMs);
  let outcome: Outcome = 'not-sent';
  const tooLate = (): TimeoutError =>
    timedOut('moveLeader', timeoutMs, {
      reason: 'the leader was not found in time',
      method: maintenance.moveLeader.name,
      outcome,
      retryable: true,
    });
  const inTime = (): TransportCallOptions => ({ ...call, timeoutMs: deadline.timeoutMs(tooLate) });
  for (let round = 1; ; round++) {
    const leader = await findLeader(context, inTime, deadline.remainingMs);
    const send = inTime();
    try {
      await sendTo(context, leader, targetId, send);
      return;
    } catch (error) {
      const moved = error instanceof EtcdError && error.code === 'MEMBER_NOT_LEADER';
      if (!moved || round === MOST_ROUNDS) throw error;
      outcome = error.outcome;
    }
  }
}

/** The place of the leader: an endpoint of the client, or URLs of its own. */
type LeaderPlace = { readonly endpoint: string } | { readonly clientUrls: readonly string[] };

async function sendTo(
  context: MaintenanceContext,
  leader: LeaderPlace,
  targetId: bigint,
  call: TransportCallOptions,
): Promise<void> {
  if ('endpoint' in leader) {
    const pinned = { ...call, endpoint: leader.endpoint };
    await context.transport.unary(maintenance.moveLeader, { targetId }, pinned);
    return;
  }
  await context.withTemporaryTransport(leader.clientUrls, (transport) =>
    transport.unary(maintenance.moveLeader, { targetId }, call),
  );
}

async function findLeader(
  context: MaintenanceContext,
  inTime: () => TransportCallOptions,
  remainingMs: number,
): Promise<LeaderPlace> {
  const { transport } = context;
  const call = inTime();
  const search = new LinkedSignal({ signals: [call.signal] });
  const timeoutMs = Math.max(1, Math.min(SEARCH_TIMEOUT_MS, remainingMs / 2));
  const answers: StatusResponse[] = [];
  const asked = context.endpoints().map(async (endpoint) => {
    const options = { ...call, timeoutMs, signal: search.signal, endpoint };
    const status = await transport.unary(maintenance.status, {}, options);
    answers.push(status);
    if (status.leader === 0n || status.leader !== status.header?.memberId) throw noLeader();
    return { endpoint };
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const id = answers.find(({ leader }) => leader !== 0n)?.leader;
    if (id === undefined) throw (error as AggregateError).errors[0];
    return await leaderElsewhere(context, id, inTime());
  } finally {
    // Those that did not answer yet need not any more.
    search.abort(undefined);
  }
}

/** Calls the leader at the URLs that it announces to clients. */
async function leaderElsewhere(
  { transport }: MaintenanceContext,
  id: bigint,
  call: TransportCallOptions,
): Promise<LeaderPlace> {
  const { members } = await transport.unary(cluster.memberList, { linearizable: false }, call);
  const clientUrls = members.find((member) => member.id === id)?.clientUrls ?? [];
  if (clientUrls.length === 0) throw noLeader();
  return { clientUrls };
}

function noLeader(): UnavailableError {
  return new UnavailableError('the cluster has no leader', {
    code: 'NO_LEADER',
    method: maintenance.moveLeader.name,
    outcome: 'not-sent',
    retryable: true,
  });
}
