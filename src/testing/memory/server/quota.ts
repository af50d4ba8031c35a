import type { PutRequest, RequestOp, TxnRequest } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Replica } from '../state/replica.js';
import type { Member } from './member.js';

/** Bytes that a key takes beside itself, by etcd's own estimate. */
const KEY_OVERHEAD_BYTES = 256;
/** Bytes that a lease takes, by etcd's own estimate. */
export const LEASE_COST_BYTES = 64;

/**
 * Raises the alarm when a request does not fit into the database any more.
 *
 * @throws the refusal of a request without space
 */
export async function checkQuota(member: Member, cost: number): Promise<void> {
  const { replica, cluster, identity } = member;
  if (cost === 0 || replica.store.size.file + cost < cluster.settings.quotaBytes) return;
  await member.propose((each) => each.raise({ memberId: identity.id, alarm: 'NOSPACE' }));
  throw refusals.noSpace();
}

/** @throws the refusal of a write that takes space while the alarm is raised */
export function refuseWithoutSpace(replica: Replica, cost: number): void {
  if (cost > 0 && replica.hasAlarm('NOSPACE')) throw refusals.noSpace();
}

/** The bytes that a put is going to take, by etcd's own estimate. */
export function costOfPut({ key, value }: PutRequest): number {
  return KEY_OVERHEAD_BYTES + key.length + value.length;
}

/** The bytes that the larger branch of a transaction is going to take. */
export function costOfTxn({ success, failure }: TxnRequest): number {
  return Math.max(costOfOps(success), costOfOps(failure));
}

function costOfOps(ops: readonly RequestOp[]): number {
  return ops.reduce((sum, { requestPut, requestTxn }) => {
    const put = requestPut === undefined ? 0 : costOfPut(requestPut);
    const nested = requestTxn === undefined ? 0 : costOfTxn(requestTxn);
    return sum + put + nested;
  }, 0);
}
