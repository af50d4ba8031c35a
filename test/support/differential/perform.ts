import { type EtcdClient, EtcdError } from '../../../src/index.js';
import type {
  Event,
  KeyValue,
  RequestOpInput,
  TxnRequestInput,
  WatchCreateRequestInput,
  WatchResponse,
} from '../../../src/rpc/generated/types.js';
import { within } from '../wait.js';
import type { AuthCall } from './auth-calls.js';
import type { Operation } from './operations.js';

/** Time for a real server to send what it owes, on a busy machine. */
const PATIENCE_MS = 120_000;

/** What an operation came to: what was answered, or the code and the text of the refusal. */
export type Result =
  | { readonly answer: unknown }
  | { readonly refused: { readonly code: unknown; readonly text: unknown } };

/** What a watcher was told: events, and that it was created or cancelled. */
export interface History {
  readonly events: readonly Event[];
  readonly ends: readonly unknown[];
}

/** The circumstances of an operation. */
export interface PerformContext {
  /** The latest revision: those of the operation are counted from it. */
  readonly latest: bigint;
  /** The history that a watch is to wait for. */
  readonly expected?: History | undefined;
  /** The user whose token goes with the operation. */
  readonly as: string | undefined;
  /** The last token of each user on this server; a login adds its own. */
  readonly tokens: Map<string, string>;
}

/** Options of every call of an operation. */
interface Call {
  readonly timeoutMs: number;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** Does an operation to a server. */
export async function perform(
  etcd: EtcdClient,
  operation: Operation,
  context: PerformContext,
): Promise<Result> {
  try {
    const done = act(etcd, operation, context);
    return { answer: await within(done, PATIENCE_MS * 2, `the end of ${operation.kind}`) };
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    const cause = error.cause as
      | { readonly code?: unknown; readonly details?: unknown }
      | undefined;
    return { refused: { code: cause?.code ?? error.code, text: cause?.details ?? error.message } };
  }
}

async function act(
  { rpc }: EtcdClient,
  operation: Operation,
  { latest, expected, as, tokens }: PerformContext,
): Promise<unknown> {
  const token = as === undefined ? undefined : tokens.get(as);
  const call: Call = {
    timeoutMs: PATIENCE_MS,
    metadata: token === undefined ? undefined : { token },
  };
  const absolute = (at: bigint | undefined): bigint => (at === undefined ? 0n : latest + at);
  switch (operation.kind) {
    case 'put': {
      const { header, prevKv } = await rpc.kv.put(operation.request, call);
      return { revision: header?.revision, prevKv };
    }
    case 'delete': {
      const { header, ...rest } = await rpc.kv.deleteRange(operation.request, call);
      return { revision: header?.revision, ...rest };
    }
    case 'range': {
      const revision = absolute(operation.at);
      const { header, ...rest } = await rpc.kv.range({ ...operation.request, revision }, call);
      return { revision: header?.revision, ...rest };
    }
    case 'rangeStream': {
      const kvs: KeyValue[] = [];
      let end: unknown;
      for await (const { rangeResponse } of rpc.kv.rangeStream(operation.request, call)) {
        kvs.push(...(rangeResponse?.kvs ?? []));
        end = {
          revision: rangeResponse?.header?.revision,
          more: rangeResponse?.more,
          count: rangeResponse?.count,
        };
      }
      return { kvs, end };
    }
    case 'txn': {
      const request = withRevision(operation.request, absolute(operation.at));
      const { header, succeeded, responses } = await rpc.kv.txn(request, call);
      return { revision: header?.revision, succeeded, responses };
    }
    case 'compact': {
      const { header } = await rpc.kv.compact({ revision: absolute(operation.at) }, call);
      return { revision: header?.revision };
    }
    case 'grant': {
      const { header, ...rest } = await rpc.lease.leaseGrant(operation, call);
      return { revision: header?.revision, ...rest };
    }
    case 'revoke': {
      const { header } = await rpc.lease.leaseRevoke({ id: operation.id }, call);
      return { revision: header?.revision };
    }
    case 'timeToLive': {
      const answer = await rpc.lease.leaseTimeToLive(operation, call);
      // Time passes on one of the servers alone.
      const isLeft = answer.ttl > 0n;
      return {
        revision: answer.header?.revision,
        isLeft,
        granted: answer.grantedTtl,
        keys: sorted(answer.keys),
      };
    }
    case 'leases': {
      const { leases } = await rpc.lease.leaseLeases({}, call);
      return leases.map(({ id }) => String(id)).sort();
    }
    case 'keepAlive':
      return await keepAlive(rpc, operation.id, call);
    case 'watch': {
      // A watcher that begins in the future has no history, and says nothing of its progress.
      const startRevision = clamp(absolute(operation.at), latest);
      return await history(rpc, { ...operation.request, startRevision }, expected, call);
    }
    case 'auth':
      return await changeAuth(rpc, operation.call, tokens, call);
    case 'hashKv': {
      const { hash, compactRevision } = await rpc.maintenance.hashKv({}, call);
      return { hash, compactRevision };
    }
  }
}

type Rpc = EtcdClient['rpc'];

/** A start at 0 would be one from now on. */
function clamp(revision: bigint, latest: bigint): bigint {
  if (revision < 1n) return 1n;
  return revision > latest ? latest : revision;
}

async function keepAlive(rpc: Rpc, id: bigint, { metadata }: Call): Promise<unknown> {
  await using stream = rpc.lease.leaseKeepAlive({ metadata });
  await stream.send({ id });
  for await (const { ttl } of stream) return { ttl };
  return 'ended';
}

/**
 * The events of a watcher up to now, in whatever parts they come.
 *
 * @param expected tells how much to wait for; without it, a progress answer tells the end
 */
async function history(
  rpc: Rpc,
  createRequest: WatchCreateRequestInput,
  expected: History | undefined,
  { metadata }: Call,
): Promise<History> {
  await using stream = rpc.watch.watch({ metadata });
  await stream.send({ createRequest });
  const events: Event[] = [];
  const ends: unknown[] = [];
  const answers = stream[Symbol.asyncIterator]();
  for (;;) {
    const answer = await nextOf(answers);
    if (answer.watchId === -1n && !answer.created) break;
    if (answer.created || answer.canceled) ends.push(endOf(answer));
    events.push(...answer.events);
    if (answer.canceled) break;
    if (expected === undefined) {
      if (answer.created) await stream.send({ progressRequest: {} });
    } else if (events.length >= expected.events.length && ends.length >= expected.ends.length) {
      break;
    }
  }
  return { events, ends };
}

async function nextOf(answers: AsyncIterator<WatchResponse>): Promise<WatchResponse> {
  const next = await within(answers.next(), PATIENCE_MS, 'an answer of a watch');
  if (next.done === true) throw new Error('the watch ended');
  return next.value;
}

function endOf({ created, canceled, compactRevision, cancelReason }: WatchResponse): unknown {
  return { created, canceled, compactRevision, cancelReason };
}

async function changeAuth(
  { auth }: Rpc,
  change: AuthCall,
  tokens: Map<string, string>,
  call: Call,
): Promise<unknown> {
  const method = auth[change.method] as (request: object, call: Call) => Promise<object>;
  const answer = await method(change, call);
  if (change.method === 'authenticate' && 'token' in answer) {
    tokens.set(change.name, String(answer.token));
  }
  return { ...answer, header: undefined, token: undefined };
}

/** The reads of a transaction at this revision, for those that do not have one. */
function withRevision(request: TxnRequestInput, revision: bigint): TxnRequestInput {
  const change = (op: RequestOpInput): RequestOpInput => {
    const { requestRange, requestTxn } = op;
    if (requestTxn !== undefined) return { requestTxn: withRevision(requestTxn, revision) };
    if (requestRange === undefined || requestRange.revision !== 0n) return op;
    return { requestRange: { ...requestRange, revision } };
  };
  return {
    ...request,
    success: (request.success ?? []).map(change),
    failure: (request.failure ?? []).map(change),
  };
}

function sorted(keys: readonly Uint8Array[]): string[] {
  return keys.map((key) => Buffer.from(key).toString('hex')).sort();
}
