import {
  describeLease,
  describeStoredKey,
  type ErrorCode,
  EtcdError,
  withDetails,
} from '../errors/index.js';
import type {
  DeleteRangeRequestInput,
  PutRequestInput,
  RangeRequestInput,
  RequestOpInput,
  TxnRequestInput,
} from './generated/types.js';

/** Facts about a refused call, beside its request. */
export interface RefusalContext {
  /** Bytes of the request. */
  readonly size: number;
  /** The name by which the client signs in; `undefined` with a token, a certificate, or without authentication. */
  readonly user: string | undefined;
}

/** The keys, leases and rights that a request is about, in words. */
interface Subject {
  readonly right: 'read' | 'write' | undefined;
  readonly keys: string | undefined;
  readonly leases: readonly bigint[];
  /** The number of operations in a transaction. */
  readonly operations?: number;
}

const EXPLAINED: ReadonlySet<ErrorCode> = new Set([
  'PERMISSION_DENIED',
  'LEASE_NOT_FOUND',
  'REQUEST_TOO_LARGE',
  'KEY_NOT_FOUND',
  'COMPACTED',
  'FUTURE_REVISION',
  'MEMBER_NOT_FOUND',
  'TOO_MANY_OPERATIONS',
]);

/** Returns whether an error is a refusal to which `explainRefusal` can add something. */
export function isRefusalToExplain(error: unknown): error is EtcdError {
  return error instanceof EtcdError && EXPLAINED.has(error.code);
}

/** More keys than these are counted, not named. */
const MOST_NAMED = 3;

/**
 * Adds to a refusal what the server leaves out: the key, the lease, the user and the right, or the size.
 * Keys are shown as the server has them, with the namespace. Other errors are returned unchanged.
 */
export function explainRefusal<E extends EtcdError>(
  error: E,
  method: string,
  request: object,
  context: RefusalContext,
): E {
  const more = reasonOf(error, method, request, context);
  return more === undefined ? error : withDetails(error, { message: `${error.message} (${more})` });
}

function reasonOf(
  { code }: EtcdError,
  method: string,
  request: object,
  { size, user }: RefusalContext,
): string | undefined {
  const { right, keys, leases, operations } = subjectOf(method, request);
  switch (code) {
    case 'PERMISSION_DENIED': {
      const who = user === undefined ? 'this user' : `the user ${JSON.stringify(user)}`;
      if (keys === undefined) return `${who} may not call ${method}`;
      return `${who} may not ${right ?? 'read or write'} ${keys}`;
    }
    case 'LEASE_NOT_FOUND': {
      if (leases.length === 0) return undefined;
      const which = leases.map(describeLease).join(', ');
      const where = keys === undefined ? '' : ` for ${keys}`;
      return `lease ${which}${where}: it may have expired or been revoked`;
    }
    case 'REQUEST_TOO_LARGE': {
      const where = keys === undefined ? '' : ` for ${keys}`;
      return `the request${where} has ${size} bytes; the server's --max-request-bytes is 1.5 MiB by default`;
    }
    case 'KEY_NOT_FOUND':
      return keys === undefined ? undefined : `${keys} must exist for it to keep what it has`;
    case 'COMPACTED':
    case 'FUTURE_REVISION': {
      const { revision } = request as { readonly revision?: unknown };
      if (typeof revision !== 'bigint' || revision === 0n) return undefined;
      return `the revision ${revision} was asked for${keys === undefined ? '' : `, of ${keys}`}`;
    }
    case 'MEMBER_NOT_FOUND': {
      const { id } = request as { readonly id?: unknown };
      return typeof id === 'bigint'
        ? `the id ${id}n: cluster.members() tells those there are`
        : undefined;
    }
    case 'TOO_MANY_OPERATIONS':
      return `${operations} were asked for; the server's --max-txn-ops is 128 by default`;
    default:
      return undefined;
  }
}

function subjectOf(method: string, request: object): Subject {
  switch (method) {
    case 'KV.Range':
    case 'KV.RangeStream':
    case 'Watch.Watch':
      return { right: 'read', keys: rangeName(request as RangeRequestInput), leases: [] };
    case 'KV.Put': {
      const put = request as PutRequestInput;
      return { right: 'write', keys: rangeName(put), leases: leaseOf(put) };
    }
    case 'KV.DeleteRange':
      return { right: 'write', keys: rangeName(request as DeleteRangeRequestInput), leases: [] };
    case 'KV.Txn':
      return txnSubject(request as TxnRequestInput);
    default: {
      const { id } = request as { readonly id?: unknown };
      const isLease = method.startsWith('Lease.') && typeof id === 'bigint';
      return { right: undefined, keys: undefined, leases: isLease ? [id] : [] };
    }
  }
}

/** A transaction is refused as a whole, so all of it is told. */
function txnSubject(txn: TxnRequestInput): Subject {
  const ops = [...opsOf(txn)];
  const names = new Set((txn.compare ?? []).map(rangeName));
  for (const { requestRange, requestPut, requestDeleteRange } of ops) {
    const range = requestRange ?? requestPut ?? requestDeleteRange;
    if (range !== undefined) names.add(rangeName(range));
  }
  const named = [...names].slice(0, MOST_NAMED).join(', ');
  const more = names.size > MOST_NAMED ? ` and ${names.size - MOST_NAMED} more` : '';
  const keys = names.size === 1 ? named : `one of ${named}${more}`;
  return {
    right: undefined,
    keys: names.size === 0 ? undefined : keys,
    operations: ops.length,
    leases: [...new Set(ops.flatMap(({ requestPut }) => leaseOf(requestPut)))],
  };
}

function* opsOf(txn: TxnRequestInput): Generator<RequestOpInput> {
  for (const op of [...(txn.success ?? []), ...(txn.failure ?? [])]) {
    if (op.requestTxn === undefined) yield op;
    else yield* opsOf(op.requestTxn);
  }
}

function leaseOf(put: PutRequestInput | undefined): readonly bigint[] {
  return put?.lease === undefined || put.lease === 0n ? [] : [put.lease];
}

function rangeName(range: {
  readonly key?: Uint8Array | undefined;
  readonly rangeEnd?: Uint8Array | undefined;
}): string {
  const { key, rangeEnd } = range;
  if (key === undefined) return 'these keys';
  if (rangeEnd === undefined || rangeEnd.length === 0) return `the key ${describeStoredKey(key)}`;
  if (rangeEnd.length === 1 && rangeEnd[0] === 0)
    return `the keys from ${describeStoredKey(key)} on`;
  return `the keys from ${describeStoredKey(key)} to ${describeStoredKey(rangeEnd)}`;
}
