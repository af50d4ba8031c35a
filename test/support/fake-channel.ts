import { GrpcCode } from '../../src/errors/index.js';
import { maintenance } from '../../src/rpc/services.js';
import {
  type CancelCall,
  type Channel,
  type ChannelState,
  type RawStatus,
  type RawStream,
  type StreamListener,
  USUAL_STREAM_LIMIT,
} from '../../src/transport/channel/channel.js';
import type { CallMetadata } from '../../src/transport/transport.js';
import { loaderCodec } from './loader-codec.js';

const OK: RawStatus = { code: 0, details: '' };
/** The status that channels give for an end that is well and brings no answer. */
const NO_ANSWER: RawStatus = { code: GrpcCode.INTERNAL, details: 'No message received' };

/** What a fake server tells of itself. */
export interface FakeStatus {
  readonly clusterId?: bigint;
  readonly version?: string;
  readonly leader?: bigint;
  readonly isLearner?: boolean;
}

/** One call that a channel was given, to be answered by the test. */
export class FakeCall {
  readonly path: string;
  cancelled = false;
  readonly #done: (status: RawStatus, answer: Uint8Array | undefined) => void;

  constructor(path: string, done: (status: RawStatus, answer: Uint8Array | undefined) => void) {
    this.path = path;
    this.#done = done;
  }

  /** Answers a Status call. */
  answer(fields: FakeStatus = {}): void {
    const { clusterId = 1n, leader = 1n, version = '3.5.16', isLearner = false } = fields;
    const header = { clusterId, memberId: 1n, revision: 1n, raftTerm: 1n };
    this.#end(
      OK,
      loaderCodec('etcdserverpb.StatusResponse').encode({ header, version, leader, isLearner }),
    );
  }

  /** Answers with a message without any field. */
  succeed(): void {
    this.#end(OK, new Uint8Array());
  }

  fail(code: number, details: string): void {
    this.#end(code === OK.code ? NO_ANSWER : { code, details });
  }

  cancel(): void {
    this.cancelled = true;
  }

  #end(status: RawStatus, answer?: Uint8Array): void {
    if (!this.cancelled) this.#done(status, answer);
  }
}

/** A channel whose connection and whose server are in the test's hand. */
export class FakeChannel implements Channel {
  readonly calls: FakeCall[] = [];
  closed = false;
  connected = true;
  streamLimit = USUAL_STREAM_LIMIT;
  /** Bytes that have arrived over the connection. */
  receivedBytes = 0;
  readonly #watchers: (() => void)[] = [];

  /** The latest Status call. */
  get status(): FakeCall {
    const call = this.calls.findLast(({ path }) => path === maintenance.status.path);
    if (call === undefined) throw new Error('there was no Status call');
    return call;
  }

  /** The connection breaks. */
  lose(): void {
    this.connected = false;
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  get state(): ChannelState {
    if (this.closed) return 'closed';
    return this.connected ? 'ready' : 'idle';
  }

  connect(): void {}

  onStateChange(_from: ChannelState, changed: () => void): void {
    this.#watchers.push(changed);
  }

  unary(
    path: string,
    _metadata: CallMetadata,
    _timeoutMs: number,
    _message: Uint8Array,
    done: (status: RawStatus, answer: Uint8Array | undefined) => void,
  ): CancelCall {
    const call = new FakeCall(path, done);
    this.calls.push(call);
    return () => call.cancel();
  }

  /** Streams are left open. */
  stream(
    path: string,
    _metadata: CallMetadata,
    _timeoutMs: number,
    { onEnd }: StreamListener,
  ): RawStream {
    const call = new FakeCall(path, () => {});
    this.calls.push(call);
    const cancel = (): void => {
      call.cancel();
      onEnd({ code: GrpcCode.CANCELLED, details: '' });
    };
    return { read: () => {}, write: () => {}, halfClose: () => {}, cancel };
  }

  close(): void {
    this.closed = true;
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  destroy(): void {
    for (const call of this.calls) call.fail(GrpcCode.UNAVAILABLE, 'Connection dropped');
  }
}
