import { Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js';
import type { MessageTypes, RangeRequest } from '../../src/rpc/generated/types.js';
import { loaderCodec } from './loader-codec.js';
import { type Deferred, deferred } from './wait.js';

/** What the server does with a RangeStream call. */
export type RangeStreamConduct =
  /** Sends all chunks. */
  | { readonly kind: 'serve' }
  /** Does not know the call, whatever its version says. */
  | { readonly kind: 'unimplemented' }
  /** Ends every call with this status after so many chunks; after all of them where there are no more. */
  | { readonly kind: 'fail'; readonly afterChunks: number; readonly status: Status }
  /** Ends every call after so many chunks as if all were well, as a proxy may that cuts an answer short. */
  | { readonly kind: 'cut'; readonly afterChunks: number }
  /** Sends so many chunks and then nothing more. */
  | { readonly kind: 'stall'; readonly afterChunks: number };

/** How a call ends that fails. */
export interface Status {
  readonly code: keyof typeof status;
  readonly details: string;
}

export interface RangeStreamServerOptions {
  /** Keys `k/0000000`, `k/0000001`, ... each with its number as value. */
  readonly keys: number;
  /** Default: 100. */
  readonly keysPerChunk?: number;
  /** Default: `{ kind: 'serve' }`. */
  readonly conduct?: RangeStreamConduct;
  /** What Status answers. Default: `3.7.0`. */
  readonly version?: string;
}

/** A server that has `KV.RangeStream` and the faults of a test; it answers Status and Range too. */
export interface RangeStreamServer extends AsyncDisposable {
  readonly endpoint: string;
  /** The requests it has taken, but for those that only count, as `connect()` does. */
  readonly requests: {
    readonly range: readonly RangeRequest[];
    readonly rangeStream: readonly RangeRequest[];
  };
  /** Resolves when a client has cancelled a RangeStream call. */
  readonly cancelled: Promise<void>;
}

/** The store's revision: what every answer is read at. */
export const STREAM_REVISION = 41n;

type Record = MessageTypes['mvccpb.KeyValue']['written'] & { readonly key: Uint8Array };
type ChunkStream = ServerWritableStream<RangeRequest, MessageTypes[ChunkName]['written']>;
type ChunkName = 'etcdserverpb.RangeStreamResponse';

const header = { clusterId: 1n, memberId: 2n, revision: STREAM_REVISION, raftTerm: 3n };

/**
 * Starts it on a free loopback port. As the protocol has it, chunks are disjoint, and the header, the
 * count and `more` come with the last of them alone.
 */
export async function startRangeStreamServer(
  options: RangeStreamServerOptions,
): Promise<RangeStreamServer> {
  const { keys, keysPerChunk = 100, conduct = { kind: 'serve' }, version = '3.7.0' } = options;
  const store = Array.from({ length: keys }, (_, index) => recordOf(index));
  const requests = { range: [] as RangeRequest[], rangeStream: [] as RangeRequest[] };
  const cancelled = deferred();

  const server = new Server();
  server.addService(definition(conduct.kind !== 'unimplemented'), {
    status: (_: unknown, answer: (error: null, status: object) => void) =>
      answer(null, { header, version, leader: 2n }),
    range: (call: { request: RangeRequest }, answer: (error: null, range: object) => void) => {
      if (!call.request.countOnly) requests.range.push(call.request);
      answer(null, rangeOf(store, call.request));
    },
    rangeStream: (call: ChunkStream) => {
      requests.rangeStream.push(call.request);
      sendChunks(call, store, keysPerChunk, conduct, cancelled);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    cancelled: cancelled.promise,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

function sendChunks(
  call: ChunkStream,
  store: readonly Record[],
  keysPerChunk: number,
  conduct: RangeStreamConduct,
  cancelled: Deferred<void>,
): void {
  call.on('cancelled', () => cancelled.resolve());
  const { kvs, count, more } = rangeOf(store, call.request);
  const stopAfter = 'afterChunks' in conduct ? conduct.afterChunks : Infinity;
  for (let from = 0, chunk = 0; from < Math.max(1, kvs.length); from += keysPerChunk, chunk++) {
    if (chunk >= stopAfter) break;
    const isLast = from + keysPerChunk >= kvs.length;
    const part = kvs.slice(from, from + keysPerChunk);
    call.write({ rangeResponse: { kvs: part, ...(isLast ? { header, count, more } : {}) } });
  }
  if (conduct.kind === 'stall') return;
  if (conduct.kind !== 'fail') call.end();
  else call.emit('error', { code: status[conduct.status.code], details: conduct.status.details });
}

function rangeOf(store: readonly Record[], { key, rangeEnd, limit }: RangeRequest) {
  const start = Buffer.from(key);
  const end = Buffer.from(rangeEnd);
  const found = store.filter(
    (record) => Buffer.compare(record.key, start) >= 0 && Buffer.compare(record.key, end) < 0,
  );
  const kvs = limit === 0n ? found : found.slice(0, Number(limit));
  return { header, kvs, count: BigInt(found.length), more: kvs.length < found.length };
}

function recordOf(index: number): Record {
  return {
    key: Buffer.from(`k/${String(index).padStart(7, '0')}`),
    value: Buffer.from(String(index)),
    createRevision: 2n,
    modRevision: 2n,
    version: 1n,
  };
}

/** The three calls, with the project's own descriptor for their bytes. */
function definition(withRangeStream: boolean) {
  const range = codecsOf('etcdserverpb.RangeRequest', 'etcdserverpb.RangeResponse');
  const call = (path: string, streamed: boolean, codecs: object) => ({
    path,
    originalName: path.slice(path.lastIndexOf('/') + 1),
    requestStream: false,
    responseStream: streamed,
    ...codecs,
  });
  return {
    status: call(
      '/etcdserverpb.Maintenance/Status',
      false,
      codecsOf('etcdserverpb.StatusRequest', 'etcdserverpb.StatusResponse'),
    ),
    range: call('/etcdserverpb.KV/Range', false, range),
    ...(withRangeStream
      ? {
          rangeStream: call(
            '/etcdserverpb.KV/RangeStream',
            true,
            codecsOf('etcdserverpb.RangeRequest', 'etcdserverpb.RangeStreamResponse'),
          ),
        }
      : {}),
  } as never;
}

function codecsOf(requestName: keyof MessageTypes, responseName: keyof MessageTypes) {
  const request = loaderCodec(requestName);
  const response = loaderCodec(responseName);
  return {
    requestSerialize: (message: never) => Buffer.from(request.encode(message)),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (message: never) => Buffer.from(response.encode(message)),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
}
