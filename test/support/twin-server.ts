import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

const {
  NGHTTP2_REFUSED_STREAM,
  NGHTTP2_INTERNAL_ERROR,
  NGHTTP2_CANCEL,
  NGHTTP2_ENHANCE_YOUR_CALM,
} = constants;

const GRPC = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** Puts a prefix before a message. */
function prefixed(body: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

function end(
  stream: ServerHttp2Stream,
  parts: readonly Buffer[],
  trailers: Record<string, string>,
): void {
  stream.respond(GRPC, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const part of parts) stream.write(part);
  stream.end();
}

/** The ways of a server, by the last part of the path: what it does with a request that has come whole. */
export const WAYS: Readonly<
  Record<string, (stream: ServerHttp2Stream, body: Buffer, session: ServerHttp2Session) => void>
> = {
  echo: (stream, body) => end(stream, [prefixed(body)], { 'grpc-status': '0' }),
  large: (stream) => end(stream, [prefixed(Buffer.alloc(3_000_000, 'x'))], { 'grpc-status': '0' }),
  'in-pieces': (stream, body) =>
    end(
      stream,
      [...prefixed(body)].map((byte) => Buffer.from([byte])),
      { 'grpc-status': '0' },
    ),
  nothing: (stream) => end(stream, [], { 'grpc-status': '0' }),
  twice: (stream, body) => end(stream, [prefixed(body), prefixed(body)], { 'grpc-status': '0' }),
  'error-behind-answer': (stream, body) =>
    end(stream, [prefixed(body)], {
      'grpc-status': '14',
      'grpc-message': 'etcdserver: leader changed',
    }),
  refusal: (stream) =>
    stream.respond(
      {
        ...GRPC,
        'grpc-status': '11',
        'grpc-message': 'etcdserver: mvcc: required revision has been compacted',
      },
      { endStream: true },
    ),
  escapes: (stream) =>
    stream.respond(
      { ...GRPC, 'grpc-status': '3', 'grpc-message': 'caf%C3%A9' },
      { endStream: true },
    ),
  'no-status': (stream, body) => end(stream, [prefixed(body)], { other: 'x' }),
  'http-503': (stream) => {
    stream.respond({ ':status': 503, 'content-type': 'text/html' });
    stream.end('<html>sorry</html>');
  },
  'http-404': (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
  'http-401': (stream) => stream.respond({ ':status': 401 }, { endStream: true }),
  refused: (stream) => stream.close(NGHTTP2_REFUSED_STREAM),
  'internal-error': (stream) => stream.close(NGHTTP2_INTERNAL_ERROR),
  cancelled: (stream) => stream.close(NGHTTP2_CANCEL),
  calm: (stream) => stream.close(NGHTTP2_ENHANCE_YOUR_CALM),
  hang: () => {},
  'half-an-answer': (stream, body) => {
    stream.respond(GRPC);
    stream.write(prefixed(body).subarray(0, 7));
  },
  'going-away': (stream, body, session) => {
    session.goaway(0);
    end(stream, [prefixed(body)], { 'grpc-status': '0' });
  },
  gone: (_stream, _body, session) => session.destroy(),
};

/** A server of Node's http2 that answers as the path says. */
export class TwinServer implements AsyncDisposable {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Requests that have come whole. */
  received = 0;

  private constructor(server: Http2Server) {
    this.#server = server;
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {});
    });
    server.on('stream', (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on('error', () => {});
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        this.received++;
        const way = WAYS[String(headers[':path']).split('/').at(-1) as string];
        const { session } = stream;
        if (session !== undefined)
          way?.(stream, Buffer.concat(parts).subarray(5), session as ServerHttp2Session);
      });
    });
  }

  static async start(settings: Parameters<typeof createServer>[0] = {}): Promise<TwinServer> {
    const server = createServer(settings);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TwinServer(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const session of this.#sessions) session.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
