import { UnavailableError } from '../../src/errors/index.js';
import { codecs } from '../../src/model/codec/index.js';
import { Keyspace, singleKey } from '../../src/model/keys/index.js';
import type {
  EventInput,
  ResponseHeader,
  WatchResponseInput,
} from '../../src/rpc/generated/types.js';
import { watchMessages } from '../../src/rpc/services.js';
import type { WatchMessage } from '../../src/rpc/watch-message.js';
import { type Watcher, WatchHub, type WatchOptions } from '../../src/watch/index.js';
import { loaderCodec } from './loader-codec.js';
import { ManualClock } from './manual-clock.js';
import { type ScriptedStream, ScriptedTransport } from './scripted-transport.js';

/** A version whose answers about progress can be trusted. */
export const TRUSTED = '3.5.30';
const encoder = new TextEncoder();

/** A turn of the event loop, in which every promise that can settle settles. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function header(revision: bigint): ResponseHeader {
  return { clusterId: 1n, memberId: 1n, revision, raftTerm: 1n };
}

/** The bytes of a response. */
export function encodeResponse(revision: bigint, more: Partial<WatchResponseInput>): Uint8Array {
  return loaderCodec('etcdserverpb.WatchResponse').encode({ header: header(revision), ...more });
}

/** A response as it comes off the wire. */
export function response(revision: bigint, more: Partial<WatchResponseInput>): WatchMessage {
  return watchMessages.decode(encodeResponse(revision, more));
}

export function put(key: string, modRevision: bigint, value = 'v'): EventInput {
  const kv = {
    key: encoder.encode(key),
    value: encoder.encode(value),
    createRevision: modRevision,
    modRevision,
    version: 1n,
    lease: 0n,
  };
  return { type: 'PUT', kv, prevKv: undefined };
}

/** A server that a test plays, one stream at a time. */
export class Played {
  readonly transport = new ScriptedTransport();
  readonly clock = new ManualClock();
  readonly hub = new WatchHub({ transport: this.transport, clock: this.clock, timeoutMs: 5_000 });

  watch(key: string, options?: WatchOptions): Watcher<string> {
    const range = singleKey(encoder.encode(key));
    return this.hub.watch({ keyspace: Keyspace.root, codec: codecs.utf8 }, range, options);
  }

  /** Opens the stream that was asked for last. */
  async open(version: string | undefined = TRUSTED): Promise<ScriptedStream> {
    await turn();
    const stream = this.transport.last.open(`a:${this.transport.openings.length}`, version);
    await turn();
    return stream;
  }

  /** Ends a stream, and opens the one that follows. */
  async reopen(stream: ScriptedStream, version?: string): Promise<ScriptedStream> {
    stream.end(new UnavailableError('cut', {}));
    await this.clock.advance(5_000);
    return this.open(version);
  }
}

export function created(stream: ScriptedStream, watchId: bigint, revision = 10n): void {
  stream.deliver(response(revision, { watchId, created: true }));
}
