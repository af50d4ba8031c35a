import { type Channel, connectivityState, status } from '@grpc/grpc-js';
import { loaderCodec } from '../../src/rpc/loader-codec.js';
import { maintenance } from '../../src/rpc/services.js';
import { setKeepAlive } from '../../src/transport/channel/keep-alive.js';

/** What a fake server tells of itself. */
export interface FakeStatus {
  readonly clusterId?: bigint;
  readonly version?: string;
  readonly leader?: bigint;
  readonly isLearner?: boolean;
}

interface Listener {
  onReceiveMessage(bytes: Uint8Array): void;
  onReceiveStatus(status: { code: number; details: string }): void;
}

/** One call that a channel was given, to be answered by the test. */
export class FakeCall {
  readonly path: string;
  cancelled = false;
  #listener: Listener | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Answers a Status call. */
  answer(fields: FakeStatus = {}): void {
    const { clusterId = 1n, leader = 1n, version = '3.5.16', isLearner = false } = fields;
    const header = { clusterId, memberId: 1n, revision: 1n, raftTerm: 1n };
    this.#listener?.onReceiveMessage(
      loaderCodec('etcdserverpb.StatusResponse').encode({ header, version, leader, isLearner }),
    );
    this.#listener?.onReceiveStatus({ code: status.OK, details: '' });
  }

  /** Answers with a message without any field. */
  succeed(): void {
    this.#listener?.onReceiveMessage(new Uint8Array());
    this.#listener?.onReceiveStatus({ code: status.OK, details: '' });
  }

  fail(code: number, details: string): void {
    this.#listener?.onReceiveStatus({ code, details });
  }

  /** The side of the channel's user. */
  readonly handle = {
    start: (_metadata: unknown, listener: Listener) => {
      this.#listener = listener;
    },
    startRead: () => {},
    sendMessageWithContext: () => {},
    halfClose: () => {},
    cancelWithStatus: () => {
      this.cancelled = true;
    },
  };
}

/** A channel whose connection and whose server are in the test's hand. */
export class FakeChannel {
  readonly calls: FakeCall[] = [];
  closed = false;
  connected = true;
  /** Bytes that have arrived over the connection. */
  receivedBytes = 0;
  readonly #watchers: (() => void)[] = [];

  constructor() {
    const received = (): number => this.receivedBytes;
    setKeepAlive(this.channel, {
      callOpened: () => () => {},
      get receivedBytes() {
        return received();
      },
    });
  }

  /** What the transport gets. */
  get channel(): Channel {
    return this as unknown as Channel;
  }

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

  createCall(path: string): unknown {
    const call = new FakeCall(path);
    this.calls.push(call);
    return call.handle;
  }

  getConnectivityState(): connectivityState {
    if (this.closed) return connectivityState.SHUTDOWN;
    return this.connected ? connectivityState.READY : connectivityState.IDLE;
  }

  watchConnectivityState(_state: connectivityState, _until: unknown, changed: () => void): void {
    this.#watchers.push(changed);
  }

  close(): void {
    this.closed = true;
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}
