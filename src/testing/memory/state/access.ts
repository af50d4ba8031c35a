import { EMPTY_BYTES } from '../../../internal/bytes.js';
import type {
  DeleteRangeRequest,
  PutRequest,
  RequestOp,
  TxnRequest,
} from '../../../rpc/generated/types.js';
import { keyBounds } from '../store/binary-key.js';
import type { AuthInfo } from './auth-state.js';
import type { Replica } from './replica.js';

/** The permissions that requests need. Each function throws the refusal of what is not permitted. */

export function checkPutAccess(replica: Replica, info: AuthInfo, request: PutRequest): void {
  if (!replica.auth.enabled) return;
  const bounds = keyBounds(request.key, EMPTY_BYTES);
  replica.auth.check(info, bounds, 'WRITE');
  // A user who may not revoke a lease may not attach another key to it.
  replica.checkLeaseKeys(info, request.lease);
  if (request.prevKv) replica.auth.check(info, bounds, 'READ');
}

export function checkDeleteAccess(
  { auth }: Replica,
  info: AuthInfo,
  { key, rangeEnd, prevKv }: DeleteRangeRequest,
): void {
  const bounds = keyBounds(key, rangeEnd);
  auth.check(info, bounds, 'WRITE');
  if (prevKv) auth.check(info, bounds, 'READ');
}

/** Both branches are looked at, whatever the comparisons say. */
export function checkTxnAccess(replica: Replica, info: AuthInfo, request: TxnRequest): void {
  if (!replica.auth.enabled) return;
  for (const { key, rangeEnd } of request.compare) {
    replica.auth.check(info, keyBounds(key, rangeEnd), 'READ');
  }
  for (const op of [...request.success, ...request.failure]) checkOpAccess(replica, info, op);
}

function checkOpAccess(replica: Replica, info: AuthInfo, op: RequestOp): void {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = op;
  if (requestRange !== undefined) {
    replica.auth.check(info, keyBounds(requestRange.key, requestRange.rangeEnd), 'READ');
  }
  if (requestPut !== undefined) checkPutOpAccess(replica, info, requestPut);
  if (requestDeleteRange !== undefined) checkDeleteAccess(replica, info, requestDeleteRange);
  if (requestTxn !== undefined && replica.series.isAtLeast('3.6')) {
    checkTxnAccess(replica, info, requestTxn);
  }
}

/** Before 3.6 a put in a transaction was not asked for its lease, nor for what it reads. */
function checkPutOpAccess(replica: Replica, info: AuthInfo, request: PutRequest): void {
  if (replica.series.isAtLeast('3.6')) checkPutAccess(replica, info, request);
  else replica.auth.check(info, keyBounds(request.key, EMPTY_BYTES), 'WRITE');
}
