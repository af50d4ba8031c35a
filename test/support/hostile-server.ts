import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { maintenance } from '../../src/rpc/services.js';
import { loaderCodec } from './loader-codec.js';

/** How a call is answered: whatever bytes and headers the test likes. */
export type Answer = (stream: ServerHttp2Stream) => void;

/** One gRPC message on the wire, with any flag and any length in front. */
export function frame(body: Uint8Array, { flag = 0, length = body.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

/** Answers with these bytes and ends, as a server does, with headers and trailers of one's own. */
export function answerWith(
  bytes: Uint8Array,
  headers: OutgoingHttpHeaders = {},
  trailers: OutgoingHttpHeaders = { 'grpc-status': '0' },
): Answer {
  return (stream) => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', ...headers },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(bytes);
  };
}

/** A server that is admitted, since it tells its status, and answers everything else as it likes. */
export class HostileServer {
  /** The calls that came, without those for the status. */
  calls = 0;
  /** The name that the client told it in its latest call. */
  authority: string | undefined;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(answer: Answer) {
    this.#server = createServer();
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
    });
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      stream.resume();
      this.authority = headers[':authority'];
      if (headers[':path'] === maintenance.status.path) {
        answerWith(frame(STATUS))(stream);
        return;
      }
      this.calls += 1;
      answer(stream);
    });
  }

  static async start(answer: Answer): Promise<HostileServer> {
    const hostile = new HostileServer(answer);
    hostile.#server.listen(0, '127.0.0.1');
    await once(hostile.#server, 'listening');
    return hostile;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
    await closed;
  }
}

const STATUS = loaderCodec('etcdserverpb.StatusResponse').encode({
  header: { clusterId: 1n, memberId: 1n, revision: 1n, raftTerm: 1n },
  version: '3.5.16',
  leader: 1n,
  isLearner: false,
});
