import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { dice } from './dice.js';

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM } = constants;

/** Windows of so many bytes: a large value takes many turns. */
const TINY_WINDOW = 1_000;
const FEW_STREAMS = 40;
/** Calls under way have so long after a GOAWAY; the rest is cut off. */
const GRACE_MS = 300;
/** One request in so many is refused before the server sees it, and one is cut while it is under way. */
const REFUSED_IN = 100;
const RESET_IN = 50;
const LATEST_RESET_MS = 20;

const LAST_STREAM = 2 ** 31 - 1;

const RESETS = [NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM] as const;

/** Fields that belong to one connection, or that HTTP/2 sets by itself. */
const OWN_FIELDS = new Set([':status', ':authority', ':scheme', 'date']);

/**
 * A proxy of HTTP/2 in front of a server, by Node, that does all that a peer may do: GOAWAY again and again,
 * RST_STREAM at random, refusals, tiny windows and few streams. What it says is true: what it refuses, the
 * server has not seen.
 */
export class UnrulyProxy implements AsyncDisposable {
  goAways = 0;
  resets = 0;
  refusals = 0;
  calls = 0;
  readonly #server: Http2Server;
  readonly #upstream: ClientHttp2Session;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #roll: (sides: number) => number;
  readonly #timer: NodeJS.Timeout;

  private constructor(server: Http2Server, upstream: ClientHttp2Session, seed: number, ms: number) {
    this.#server = server;
    this.#upstream = upstream;
    this.#roll = dice(seed);
    upstream.on('error', () => {});
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {});
    });
    server.on('stream', (stream, headers) => this.#take(stream, headers));
    this.#timer = setInterval(() => this.#sayGoodbye(), ms);
  }

  /** @param goAwayEveryMs milliseconds between two GOAWAY on each connection */
  static async start(
    target: string,
    { seed, goAwayEveryMs }: { readonly seed: number; readonly goAwayEveryMs: number },
  ): Promise<UnrulyProxy> {
    const server = createServer({
      settings: { initialWindowSize: TINY_WINDOW, maxConcurrentStreams: FEW_STREAMS },
      paddingStrategy: constants.PADDING_STRATEGY_MAX,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new UnrulyProxy(server, connect(target), seed, goAwayEveryMs);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const session of this.#sessions) session.destroy();
    this.#upstream.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #sayGoodbye(): void {
    for (const session of this.#sessions) {
      // It leaves the set a moment after its end.
      if (session.destroyed) continue;
      this.goAways++;
      // Of all streams, for now. Node reads on until the frame is written: with a number of its own it would
      // disown streams that it takes up meanwhile.
      session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
      setTimeout(() => session.destroy(), GRACE_MS).unref();
    }
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.calls++;
    stream.on('error', () => {});
    if (this.#roll(REFUSED_IN) === 0) {
      this.refusals++;
      stream.close(NGHTTP2_REFUSED_STREAM);
      return;
    }
    if (this.#roll(RESET_IN) === 0) {
      const code = RESETS[this.#roll(RESETS.length)];
      setTimeout(() => {
        if (stream.closed) return;
        this.resets++;
        stream.close(code);
      }, this.#roll(LATEST_RESET_MS)).unref();
    }
    pass(stream, this.#upstream.request(fieldsOf(headers)));
  }
}

/** Hands a request on to the server, and its answer back. */
function pass(stream: ServerHttp2Stream, request: ClientHttp2Stream): void {
  let trailers: OutgoingHttpHeaders = {};
  request.on('error', () => {});
  request.on('response', (headers, flags) => {
    if (stream.destroyed || stream.closed) return;
    const status = headers[':status'];
    const endStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(
      { ...fieldsOf(headers), ...(status !== undefined && { ':status': status }) },
      { endStream, waitForTrailers: !endStream },
    );
  });
  request.on('trailers', (given) => {
    trailers = fieldsOf(given);
  });
  stream.on('wantTrailers', () => {
    if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailers);
  });
  stream.on('data', (part: Buffer) => request.write(part));
  stream.on('end', () => request.end());
  stream.on('close', () => request.close(NGHTTP2_CANCEL));
  request.on('data', (part: Buffer) => {
    if (!stream.destroyed && !stream.write(part)) {
      request.pause();
      stream.once('drain', () => request.resume());
    }
  });
  request.on('end', () => {
    if (!stream.destroyed) stream.end();
  });
}

function fieldsOf(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_FIELDS.has(name)));
}
