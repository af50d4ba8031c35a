import type { RangeRequest, RangeResponseInput, TxnRequest } from '../../../rpc/generated/types.js';
import { writeMessage } from '../codec/message-codec.js';
import { refusals } from '../refusals.js';
import { checkDeleteAccess, checkPutAccess, checkTxnAccess } from '../state/access.js';
import type { AuthInfo } from '../state/auth-state.js';
import { executeRange, hasRevisionFilters, isDefaultOrder } from '../state/range.js';
import type { Replica } from '../state/replica.js';
import { executeTxn, isReadOnly, isSerializable } from '../state/txn.js';
import { executeDelete, executePut } from '../state/write.js';
import { binaryKey, keyBounds, keyBytes } from '../store/binary-key.js';
import { type Call, type ServerRpc, serverStream, unary } from './call.js';
import { checkDelete, checkPut, checkRange, checkTxn } from './kv-checks.js';
import type { Member } from './member.js';
import { checkQuota, costOfPut, costOfTxn, refuseWithoutSpace } from './quota.js';

const RANGE = '/etcdserverpb.KV/Range';

/** Records in the first chunk of a stream of them. */
const FIRST_CHUNK = 10n;

/** The key-value service of a member. */
export function kvService(member: Member): readonly ServerRpc[] {
  const { series, settings } = member.cluster;
  const services: ServerRpc[] = [
    unary(
      RANGE,
      'etcdserverpb.RangeRequest',
      'etcdserverpb.RangeResponse',
      async (request, call) => {
        checkRange(request, series);
        return withHeader(member, await range(member, request, call));
      },
    ),
    unary(
      '/etcdserverpb.KV/Put',
      'etcdserverpb.PutRequest',
      'etcdserverpb.PutResponse',
      async (request, call) => {
        await checkQuota(member, costOfPut(request));
        checkPut(request);
        const info = member.authInfo(call);
        const response = await member.propose((replica) => {
          refuseWithoutSpace(replica, costOfPut(request));
          checkPutAccess(replica, info, request);
          return executePut(replica.store, request, replica);
        });
        return withHeader(member, response);
      },
    ),
    unary(
      '/etcdserverpb.KV/DeleteRange',
      'etcdserverpb.DeleteRangeRequest',
      'etcdserverpb.DeleteRangeResponse',
      async (request, call) => {
        checkDelete(request);
        const info = member.authInfo(call);
        const response = await member.propose((replica) => {
          checkDeleteAccess(replica, info, request);
          return executeDelete(replica.store, request);
        });
        return withHeader(member, response);
      },
    ),
    unary(
      '/etcdserverpb.KV/Txn',
      'etcdserverpb.TxnRequest',
      'etcdserverpb.TxnResponse',
      async (request, call) => {
        await checkQuota(member, costOfTxn(request));
        checkTxn(request, settings.maxTxnOps, series);
        return withHeader(member, await txn(member, request, call));
      },
    ),
    unary(
      '/etcdserverpb.KV/Compact',
      'etcdserverpb.CompactionRequest',
      'etcdserverpb.CompactionResponse',
      async ({ revision }, call) => {
        if (series.isAtLeast('3.6')) member.requireAdmin(call);
        await member.propose((replica) => replica.compact(revision));
        return { header: member.header() };
      },
    ),
  ];
  if (series.isAtLeast('3.7')) services.push(rangeStream(member));
  return services;
}

function withHeader<T extends { readonly header?: Parameters<Member['header']>[0] }>(
  member: Member,
  response: T,
): T {
  return { ...response, header: member.header(response.header) };
}

async function range(
  member: Member,
  request: RangeRequest,
  call: Call,
): Promise<RangeResponseInput> {
  if (!request.serializable) await member.readIndex();
  const { replica } = member;
  replica.auth.check(member.authInfo(call), keyBounds(request.key, request.rangeEnd), 'READ');
  return executeRange(replica.store, request, replica.series);
}

async function txn(member: Member, request: TxnRequest, call: Call) {
  const execute = (replica: Replica, info: AuthInfo) => {
    checkTxnAccess(replica, info, request);
    return executeTxn(replica.store, request, replica);
  };
  if (isReadOnly(request)) {
    if (!isSerializable(request)) await member.readIndex();
    return execute(member.replica, member.authInfo(call));
  }
  const info = member.authInfo(call);
  return await member.propose((replica) => {
    refuseWithoutSpace(replica, costOfTxn(request));
    return execute(replica, info);
  });
}

/** Sends a range in chunks, at one revision, which the last chunk tells. */
function rangeStream(member: Member): ServerRpc {
  return serverStream(
    '/etcdserverpb.KV/RangeStream',
    'etcdserverpb.RangeRequest',
    'etcdserverpb.RangeStreamResponse',
    async (request, send, call) => {
      const { clock, series, settings } = member.cluster;
      checkRange(request, series);
      if (!isDefaultOrder(request)) throw refusals.rangeStreamSort();
      if (hasRevisionFilters(request)) throw refusals.rangeStreamFilters();
      if (!request.serializable) await member.readIndex();
      const { auth } = member.replica;
      const info = member.authInfo(call);
      auth.check(info, keyBounds(request.key, request.rangeEnd), 'READ');
      for (const chunk of chunks(member, request, settings.maxRequestBytes)) {
        const rangeResponse =
          chunk.header === undefined ? chunk : { ...chunk, header: member.header(chunk.header) };
        send({ rangeResponse });
        // A server reads the next chunk when this one is on its way: others come in between.
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 0));
      }
    },
  );
}

function* chunks(
  { replica }: Member,
  request: RangeRequest,
  targetBytes: number,
): Generator<RangeResponseInput> {
  const { store, series } = replica;
  if (request.countOnly) {
    yield executeRange(store, request, series);
    return;
  }
  const revision = request.revision > 0n ? request.revision : store.revision;
  const total = request.limit > 0n ? request.limit : undefined;
  let { key } = request;
  let limit = FIRST_CHUNK;
  let sent = 0n;
  for (;;) {
    const left = total === undefined ? limit : total - sent;
    const chunk = executeRange(
      store,
      { ...request, key, revision, limit: left < limit ? left : limit },
      series,
    );
    const kvs = chunk.kvs ?? [];
    sent += BigInt(kvs.length);
    const { header, more = false } = chunk;
    if (!more) {
      yield { kvs, header, count: sent };
      return;
    }
    key = keyBytes(`${binaryKey(kvs.at(-1)?.key ?? key)}\0`);
    if (sent === total) {
      const rest = executeRange(store, { ...request, key, revision, countOnly: true }, series);
      yield { kvs, header, more, count: sent + (rest.count ?? 0n) };
      return;
    }
    yield { kvs };
    limit = nextLimit(limit, writeMessage('etcdserverpb.RangeResponse', chunk).length, targetBytes);
  }
}

/** Chunks grow until they are about as large as a request may be. */
function nextLimit(limit: bigint, bytes: number, targetBytes: number): bigint {
  if (bytes < targetBytes / 2) return limit * 2n;
  if (bytes > targetBytes * 2) return limit > 1n ? limit / 2n : 1n;
  return limit;
}
