import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { freePorts } from '../../scripts/etcd/ports.mjs';
import type { Piece } from './http2-messages.js';
import { type Direction, ProxiedConnection, type Traffic } from './proxied-connection.js';
import { type Deferred, deferred, within } from './wait.js';

export type { Direction } from './proxied-connection.js';

export interface StartProxyOptions {
  /** An endpoint such as `http://127.0.0.1:2379`, or its host and port. */
  readonly target: string | { readonly host: string; readonly port: number };
}

type Both<T> = Record<Direction, T>;

interface Goal {
  readonly reached: () => boolean;
  readonly done: Deferred<void>;
}

/** A cut that was ordered: what may still pass until then. */
interface Cut {
  readonly direction: Direction;
  readonly unit: 'bytes' | 'messages';
  left: number;
  readonly done: Deferred<void>;
}

// Ample for a loaded machine; what has not arrived by then never will.
const GOAL_TIMEOUT_MS = 20_000;
const NOTHING = new Uint8Array(0);

/**
 * A TCP proxy in front of a server that does on command what networks do at the worst moment.
 * A command counts from the moment of its call, for open connections and for new ones, and nothing depends on
 * timing: tests wait for what has arrived, order the fault and see it. Messages (gRPC requests and responses)
 * are found in plain HTTP/2 only; through TLS there are bytes alone.
 *
 * @example
 * await using proxy = await startProxy({ target: server.endpoint });
 * proxy.dropReplies();
 * const put = etcd.put('k', 'v');
 * await proxy.waitForResponses(1); // the server has applied it, the client cannot know
 * proxy.resetAll();
 */
export class FaultProxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  /** The scheme is that of the target. */
  readonly endpoint: string;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #connections = new Set<ProxiedConnection>();
  readonly #frozen: Both<boolean> = both(false);
  #droppingReplies = false;
  readonly #latency: Both<number> = both(0);
  readonly #rate: Both<number> = both(Infinity);
  readonly #bytes: Both<number> = both(0);
  readonly #messages: Both<number> = both(0);
  readonly #goals = new Set<Goal>();
  #accepted = 0;
  #cuts: Cut[] = [];
  #listener: Server | undefined;

  constructor(target: { host: string; port: number; scheme: string }, port: number) {
    this.#target = { host: target.host, port: target.port };
    this.port = port;
    this.endpoint = `${target.scheme}//${this.host}:${port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** All connections that were ever made. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Bytes that have arrived from each side, passed on or not. */
  get bytes(): Readonly<Both<number>> {
    return this.#bytes;
  }

  /** gRPC messages that have arrived from clients. */
  get requests(): number {
    return this.#messages['to-server'];
  }

  /** gRPC messages that have arrived from the server; an answer that is an error alone has none. */
  get responses(): number {
    return this.#messages['to-client'];
  }

  /** Takes connections, as it does from the start. */
  async accept(): Promise<void> {
    if (this.#listener !== undefined) return;
    const listener = createServer({ allowHalfOpen: true }, (client) => {
      this.#accepted++;
      this.#connections.add(new ProxiedConnection(client, this.#target, this.#traffic));
      this.#checkGoals();
    });
    this.#listener = listener;
    listener.listen(this.port, this.host);
    await once(listener, 'listening');
  }

  /** New connections are refused from now on; open ones stay. */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Nothing passes any more; connections stay open, and new ones open too. A black hole when it goes both ways. */
  freeze(which: Direction | 'both' = 'both'): void {
    for (const direction of directions(which)) this.#frozen[direction] = true;
  }

  /** What was held up goes on, in its order. */
  thaw(): void {
    for (const direction of directions('both')) this.#frozen[direction] = false;
    this.#flush();
  }

  /** What comes later than this call passes after so many milliseconds. */
  latency(milliseconds: number, which: Direction | 'both' = 'both'): void {
    for (const direction of directions(which)) this.#latency[direction] = milliseconds;
  }

  /** At most so many bytes a second pass on each connection, from now on; `Infinity` for no limit. */
  rate(bytesPerSecond: number, which: Direction | 'both' = 'both'): void {
    for (const direction of directions(which)) this.#rate[direction] = bytesPerSecond;
  }

  /**
   * All answers from the server are lost, from the next one on and with all that follows it on its connection,
   * until {@link FaultProxy.deliverReplies}. The handshake of a new connection passes, so that it makes calls.
   */
  dropReplies(): void {
    this.#droppingReplies = true;
  }

  /** Ends {@link FaultProxy.dropReplies}, and resets the connections that have lost something. */
  deliverReplies(): void {
    this.#droppingReplies = false;
    for (const connection of [...this.#connections]) {
      if (connection.hasLost) connection.reset();
    }
  }

  /** "Connection reset" on both sides of every open connection. */
  resetAll(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  /** An orderly close on both sides of every open connection. */
  closeAll(): void {
    for (const connection of [...this.#connections]) connection.finish();
  }

  /** Lets exactly so many more bytes pass in this direction, then closes the connection they passed on. Resolves when that is done. */
  cutAfterBytes(count: number, direction: Direction): Promise<void> {
    return this.#orderCut({ direction, unit: 'bytes', left: count, done: deferred() });
  }

  /**
   * Lets so many more responses pass, each whole, then closes the connection of the last one. With 0 the connection
   * is closed in place of the next response. The trailers of a unary call come behind its response, so they are lost.
   */
  cutAfterResponses(count: number): Promise<void> {
    return this.#orderCut({
      direction: 'to-client',
      unit: 'messages',
      left: count,
      done: deferred(),
    });
  }

  /** As {@link FaultProxy.cutAfterResponses} for what clients send. */
  cutAfterRequests(count: number): Promise<void> {
    return this.#orderCut({
      direction: 'to-server',
      unit: 'messages',
      left: count,
      done: deferred(),
    });
  }

  /** Resolves when so many bytes in all have arrived; see {@link FaultProxy.bytes}. */
  waitForBytes(total: number, direction: Direction): Promise<void> {
    return this.#goal(`${total} bytes ${direction}`, () => this.#bytes[direction] >= total);
  }

  /** Resolves when so many requests in all have arrived, passed on or not. */
  waitForRequests(total: number): Promise<void> {
    return this.#goal(`${total} requests`, () => this.requests >= total);
  }

  /** Resolves when so many responses in all have arrived, passed on or not. */
  waitForResponses(total: number): Promise<void> {
    return this.#goal(`${total} responses`, () => this.responses >= total);
  }

  /** Resolves when so many connections in all have been made. */
  waitForAccepted(total: number): Promise<void> {
    return this.#goal(`${total} accepted connections`, () => this.#accepted >= total);
  }

  /** Resolves when so many connections are open, no more and no fewer. */
  waitForConnections(count: number): Promise<void> {
    return this.#goal(`${count} open connections`, () => this.connections === count);
  }

  /** Back to a plain proxy: accepting, thawed, without latency, drops or cuts to come. Open connections stay. */
  async restore(): Promise<void> {
    this.latency(0);
    this.rate(Infinity);
    this.deliverReplies();
    this.#cuts = [];
    this.thaw();
    await this.accept();
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    this.refuse();
    this.resetAll();
    if (listener?.listening) await once(listener, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  readonly #traffic: Traffic = {
    isFrozen: (direction) => this.#frozen[direction],
    latencyMs: (direction) => this.#latency[direction],
    bytesPerSecond: (direction) => this.#rate[direction],
    isDropping: (direction) => direction === 'to-client' && this.#droppingReplies,
    arrived: (direction, bytes, messages) => {
      this.#bytes[direction] += bytes;
      this.#messages[direction] += messages;
      this.#checkGoals();
    },
    admit: (direction, piece) => this.#admit(direction, piece),
    closed: (connection) => {
      this.#connections.delete(connection);
      this.#checkGoals();
    },
  };

  #admit(direction: Direction, piece: Piece): { bytes: Uint8Array; cut: boolean } {
    const cut = this.#cuts.find((ordered) => ordered.direction === direction);
    if (cut === undefined) return { bytes: piece.bytes, cut: false };
    if (cut.unit === 'bytes') {
      const bytes = piece.bytes.subarray(0, cut.left);
      cut.left -= bytes.length;
      return { bytes, cut: this.#isDone(cut, cut.left === 0) };
    }
    if (cut.left === 0) {
      const now = this.#isDone(cut, piece.opensMessage);
      return { bytes: now ? NOTHING : piece.bytes, cut: now };
    }
    cut.left = Math.max(0, cut.left - piece.closesMessages);
    return { bytes: piece.bytes, cut: this.#isDone(cut, cut.left === 0) };
  }

  #isDone(cut: Cut, done: boolean): boolean {
    if (done) {
      this.#cuts = this.#cuts.filter((ordered) => ordered !== cut);
      cut.done.resolve();
    }
    return done;
  }

  #orderCut(cut: Cut): Promise<void> {
    this.#cuts.push(cut);
    return cut.done.promise;
  }

  async #goal(what: string, reached: () => boolean): Promise<void> {
    const goal = { reached, done: deferred() };
    this.#goals.add(goal);
    this.#checkGoals();
    await within(goal.done.promise, GOAL_TIMEOUT_MS, `${what} at the proxy`).finally(() => {
      this.#goals.delete(goal);
    });
  }

  #checkGoals(): void {
    for (const goal of this.#goals) {
      if (goal.reached()) {
        this.#goals.delete(goal);
        goal.done.resolve();
      }
    }
  }

  #flush(): void {
    for (const connection of [...this.#connections]) connection.flush();
  }
}

/** Starts a proxy on a free loopback port; at first it passes everything on. */
export async function startProxy({ target }: StartProxyOptions): Promise<FaultProxy> {
  const [port = 0] = await freePorts(1);
  const proxy = new FaultProxy(
    typeof target === 'string' ? parse(target) : { ...target, scheme: 'http:' },
    port,
  );
  await proxy.accept();
  return proxy;
}

function parse(endpoint: string): { host: string; port: number; scheme: string } {
  const { hostname, port, protocol } = new URL(endpoint);
  return { host: hostname, port: Number(port), scheme: protocol };
}

function directions(which: Direction | 'both'): readonly Direction[] {
  return which === 'both' ? ['to-server', 'to-client'] : [which];
}

function both<T>(value: T): Both<T> {
  return { 'to-server': value, 'to-client': value };
}
