import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type Deferred, deferred } from '../../internal/deferred.js';
import type { Piece } from './http2-messages.js';
import { ProxiedConnection } from './proxied-connection.js';
import type { Admission, Connection, Direction, Traffic } from './traffic.js';

/** The place that a proxy stands in front of. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
  /** `http:` or `https:`, for the proxy's own address. */
  readonly scheme: string;
}

/** Gives a wait its limit: the promise, or its rejection that names what did not come. */
export type Patience = <T>(promise: Promise<T>, what: string) => Promise<T>;

type Both<T> = Record<Direction, T>;

interface Goal {
  readonly reached: () => boolean;
  readonly done: Deferred<void>;
}

/** A cut that was ordered: so much may still pass on each connection until then. */
interface Cut {
  readonly direction: Direction;
  readonly unit: 'bytes' | 'messages';
  readonly count: number;
  readonly left: WeakMap<Connection, number>;
  readonly done: Deferred<boolean>;
}

const NOTHING = new Uint8Array(0);

/**
 * The machinery of a TCP proxy that does on command what networks do at the worst moment. A command counts
 * from the moment of its call, for open connections and for new ones. Nothing depends on timing: tests wait
 * for what has arrived, order the fault and see it. Messages (gRPC requests and responses) are found in plain
 * HTTP/2 only; through TLS there are bytes alone.
 */
export class ProxyEngine implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  /** The scheme is that of the target. */
  readonly endpoint: string;
  readonly #target: ProxyTarget;
  readonly #patience: Patience;
  readonly #connections = new Set<Connection>();
  readonly #frozen: Both<boolean> = both(false);
  #droppingReplies = false;
  /** Answers that are still to be lost, each with its connection. */
  #losses = 0;
  readonly #latency: Both<number> = both(0);
  readonly #rate: Both<number> = both(Infinity);
  readonly #bytes: Both<number> = both(0);
  readonly #messages: Both<number> = both(0);
  readonly #goals = new Set<Goal>();
  #accepted = 0;
  #cuts: Cut[] = [];
  #listener: Server | undefined;

  constructor(target: ProxyTarget, port: number, patience: Patience = (promise) => promise) {
    this.#target = target;
    this.#patience = patience;
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
    return this.#messages.toServer;
  }

  /** gRPC messages that have arrived from the server; an answer that is an error alone has none. */
  get responses(): number {
    return this.#messages.toClient;
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
    // A proxy that someone forgot keeps no process alive.
    listener.unref();
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

  /** Lets go on what was held up, in its order. */
  thaw(): void {
    for (const direction of directions('both')) this.#frozen[direction] = false;
    this.#flush();
  }

  /** Has what comes from now on pass after so many milliseconds. */
  latency(milliseconds: number, which: Direction | 'both' = 'both'): void {
    for (const direction of directions(which)) this.#latency[direction] = milliseconds;
  }

  /** At most so many bytes a second pass on each connection, from now on; `Infinity` for no limit. */
  rate(bytesPerSecond: number, which: Direction | 'both' = 'both'): void {
    for (const direction of directions(which)) this.#rate[direction] = bytesPerSecond;
  }

  /**
   * All answers from the server are lost, from the next one on and with all that follows it on its connection,
   * until {@link ProxyEngine.deliverReplies}. The handshake of a new connection passes, so that it makes calls.
   */
  dropReplies(): void {
    this.#droppingReplies = true;
  }

  /** Ends {@link ProxyEngine.dropReplies}, and resets the connections that have lost something. */
  deliverReplies(): void {
    this.#droppingReplies = false;
    for (const connection of [...this.#connections]) {
      if (connection.hasLost) connection.reset();
    }
  }

  /**
   * Breaks the connection in place of each of the next answers, from the next one on: its first byte is not passed
   * on. Whatever else was under way on that connection is lost with it.
   */
  loseReplies(count: number): void {
    this.#losses = count;
  }

  /** "Connection reset" on both sides of every open connection. */
  resetAll(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  /** An orderly close on both sides of every open connection. */
  closeAll(): void {
    for (const connection of [...this.#connections]) connection.finish();
  }

  /**
   * Lets exactly so many more bytes pass on each connection in this direction. The first one that has passed them is
   * closed, and that is all. Resolves with `true` when it is done; with `false` when the order is taken back.
   */
  cutAfterBytes(count: number, direction: Direction): Promise<boolean> {
    return this.#orderCut(direction, 'bytes', count);
  }

  /**
   * Lets so many more responses pass on each connection, each whole, then closes the first that has them. With 0 the connection
   * is closed in place of the next response. The trailers of a unary call come behind its response, so they are lost.
   */
  cutAfterResponses(count: number): Promise<boolean> {
    return this.#orderCut('toClient', 'messages', count);
  }

  /** Does for requests what {@link ProxyEngine.cutAfterResponses} does for responses. */
  cutAfterRequests(count: number): Promise<boolean> {
    return this.#orderCut('toServer', 'messages', count);
  }

  /** Resolves when so many bytes in all have arrived; see {@link ProxyEngine.bytes}. */
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
    this.#takeBackCuts();
    this.#losses = 0;
    this.thaw();
    await this.accept();
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    this.refuse();
    this.resetAll();
    this.#takeBackCuts();
    if (listener?.listening) await once(listener, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  readonly #traffic: Traffic = {
    isFrozen: (direction) => this.#frozen[direction],
    latencyMs: (direction) => this.#latency[direction],
    bytesPerSecond: (direction) => this.#rate[direction],
    isDropping: (direction) => direction === 'toClient' && this.#droppingReplies,
    arrived: (direction, bytes, messages) => {
      this.#bytes[direction] += bytes;
      this.#messages[direction] += messages;
      this.#checkGoals();
    },
    admit: (direction, piece, connection) => this.#admit(direction, piece, connection),
    closed: (connection) => {
      this.#connections.delete(connection);
      this.#checkGoals();
    },
  };

  #admit(direction: Direction, piece: Piece, connection: Connection): Admission {
    if (direction === 'toClient' && piece.opensFrameOfCall && this.#losses > 0) {
      this.#losses -= 1;
      return { bytes: NOTHING, end: 'reset' };
    }
    const cut = this.#cuts.find((ordered) => ordered.direction === direction);
    if (cut === undefined) return { bytes: piece.bytes, end: undefined };
    const left = cut.left.get(connection) ?? cut.count;
    if (cut.unit === 'bytes') {
      const bytes = piece.bytes.subarray(0, left);
      return this.#passed(cut, connection, { bytes, left: left - bytes.length });
    }
    if (left === 0 && !piece.opensMessage) return { bytes: piece.bytes, end: undefined };
    const bytes = left === 0 ? NOTHING : piece.bytes;
    return this.#passed(cut, connection, { bytes, left: Math.max(0, left - piece.closesMessages) });
  }

  #passed(
    cut: Cut,
    connection: Connection,
    { bytes, left }: { readonly bytes: Uint8Array; readonly left: number },
  ): Admission {
    cut.left.set(connection, left);
    if (left > 0) return { bytes, end: undefined };
    this.#cuts = this.#cuts.filter((ordered) => ordered !== cut);
    cut.done.resolve(true);
    return { bytes, end: 'finish' };
  }

  #orderCut(direction: Direction, unit: Cut['unit'], count: number): Promise<boolean> {
    const done = deferred<boolean>();
    this.#cuts.push({ direction, unit, count, left: new WeakMap(), done });
    return done.promise;
  }

  #takeBackCuts(): void {
    const cuts = this.#cuts;
    this.#cuts = [];
    for (const { done } of cuts) done.resolve(false);
  }

  async #goal(what: string, reached: () => boolean): Promise<void> {
    const goal = { reached, done: deferred() };
    this.#goals.add(goal);
    this.#checkGoals();
    await this.#patience(goal.done.promise, `${what} at the proxy`).finally(() => {
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

function directions(which: Direction | 'both'): readonly Direction[] {
  return which === 'both' ? ['toServer', 'toClient'] : [which];
}

function both<T>(value: T): Both<T> {
  return { toServer: value, toClient: value };
}
