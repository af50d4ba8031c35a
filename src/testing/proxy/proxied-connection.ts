import { connect, type Socket } from 'node:net';
import { MessageSplitter, type Piece } from './http2-messages.js';
import type { Connection, Direction, Traffic } from './traffic.js';

interface Waiting {
  /** `undefined` stands for the end of the direction. */
  readonly piece: Piece | undefined;
  readonly dueAt: number;
}

// So much is kept in hand while a direction is held up; beyond it the sender feels it, as on a real network.
const KEPT_BYTES = 256 * 1024;

/** A limited link carries what it takes in a second in so many parts. */
const SLICES_A_SECOND = 20;

/** One connection through a proxy: two directions, each with a queue of what has come and not gone on yet. */
export class ProxiedConnection implements Connection {
  readonly #traffic: Traffic;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: Lane;
  readonly #toClient: Lane;

  constructor(client: Socket, target: { host: string; port: number }, traffic: Traffic) {
    this.#traffic = traffic;
    this.#client = client;
    this.#server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    this.#toServer = new Lane('toServer', client, this.#server, traffic, this);
    this.#toClient = new Lane('toClient', this.#server, client, traffic, this);
    client.once('data', (chunk: Uint8Array) => {
      if (!MessageSplitter.understands(chunk[0])) {
        this.#toServer.passThrough();
        this.#toClient.passThrough();
      }
    });
    this.#toServer.listen();
    this.#toClient.listen();
    for (const socket of [client, this.#server]) {
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (client.destroyed && this.#server.destroyed) this.#traffic.closed(this);
      });
    }
  }

  get hasLost(): boolean {
    return this.#toServer.hasLost || this.#toClient.hasLost;
  }

  flush(): void {
    this.#toServer.flush();
    this.#toClient.flush();
  }

  reset(): void {
    this.#stop();
    for (const socket of [this.#client, this.#server]) resetSocket(socket);
  }

  finish(): void {
    this.#stop();
    for (const socket of [this.#client, this.#server]) socket.destroySoon();
  }

  #stop(): void {
    this.#toServer.stop();
    this.#toClient.stop();
  }
}

/** One direction of a connection. */
class Lane {
  readonly #direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #traffic: Traffic;
  readonly #connection: ProxiedConnection;
  readonly #waiting: Waiting[] = [];
  #splitter: MessageSplitter | undefined;
  #keptBytes = 0;
  #blocked = false;
  #lost = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  /** The time at which the line is free again: what was passed on last takes its time. */
  #freeAt = 0;

  constructor(
    direction: Direction,
    source: Socket,
    sink: Socket,
    traffic: Traffic,
    connection: ProxiedConnection,
  ) {
    this.#direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#traffic = traffic;
    this.#connection = connection;
    this.#splitter = new MessageSplitter(direction === 'toServer' ? 'client' : 'server');
  }

  get hasLost(): boolean {
    return this.#lost;
  }

  listen(): void {
    this.#source.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    this.#source.on('end', () => this.#enqueue(undefined));
    this.#sink.on('drain', () => {
      this.#blocked = false;
      this.flush();
    });
  }

  /** Not HTTP/2 in plain text, so there are no messages to find. */
  passThrough(): void {
    this.#splitter = undefined;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  flush(): void {
    clearTimeout(this.#timer);
    while (!this.#stopped && !this.#blocked && !this.#traffic.isFrozen(this.#direction)) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      const rate = this.#traffic.bytesPerSecond(this.#direction);
      // A link that is healed owes nothing for what has passed, nor for what waits.
      if (rate === Infinity) this.#freeAt = 0;
      const dueAt = this.#traffic.latencyMs(this.#direction) === 0 ? 0 : next.dueAt;
      const waitMs = Math.max(dueAt, this.#freeAt) - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(waitMs));
        break;
      }
      this.#waiting.shift();
      if (next.piece === undefined) this.#sink.end();
      else this.#release(this.#firstSlice(next.piece, next.dueAt, rate));
    }
    if (this.#keptBytes < KEPT_BYTES && !this.#stopped) this.#source.resume();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#stopped) return;
    const pieces = this.#splitter?.push(chunk) ?? [
      { bytes: chunk, opensFrameOfCall: true, opensMessage: false, closesMessages: 0 },
    ];
    for (const piece of pieces) {
      this.#keptBytes += piece.bytes.length;
      this.#enqueue(piece);
    }
    const messages = pieces.reduce((sum, { closesMessages }) => sum + closesMessages, 0);
    // After the queueing: who waits for this message may freeze or cut at once and find it there.
    this.#traffic.arrived(this.#direction, chunk.length, messages);
    if (this.#keptBytes >= KEPT_BYTES) this.#source.pause();
    this.flush();
  }

  #enqueue(piece: Piece | undefined): void {
    if (this.#stopped) return;
    const dueAt = performance.now() + this.#traffic.latencyMs(this.#direction);
    this.#waiting.push({ piece, dueAt });
    if (piece === undefined) this.flush();
  }

  /** Cuts off what the link takes in a moment; the rest waits in its place. A slow link carries no bursts. */
  #firstSlice(piece: Piece, dueAt: number, rate: number): Piece {
    const most = Math.max(1, Math.floor(rate / SLICES_A_SECOND));
    const { bytes } = piece;
    if (bytes.length <= most) return piece;
    const rest = { bytes: bytes.subarray(most), opensFrameOfCall: false, opensMessage: false };
    this.#waiting.unshift({ piece: { ...piece, ...rest }, dueAt });
    return { ...piece, bytes: bytes.subarray(0, most), closesMessages: 0 };
  }

  #release(piece: Piece): void {
    this.#keptBytes -= piece.bytes.length;
    // A connection without the server's settings would make no calls, so those still pass.
    if (piece.opensFrameOfCall && this.#traffic.isDropping(this.#direction)) this.#lost = true;
    if (this.#lost) return;
    const { bytes, end } = this.#traffic.admit(this.#direction, piece, this.#connection);
    const takesMs = (bytes.length / this.#traffic.bytesPerSecond(this.#direction)) * 1_000;
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + takesMs;
    if (bytes.length > 0 && this.#sink.writable) this.#blocked = !this.#sink.write(bytes);
    if (end !== undefined) this.#connection[end]();
  }
}

/**
 * Resets a socket. A socket whose end is just being sent is reset one turn of the event loop later. Before
 * that the system refuses the reset. Node would then lose the open socket, and the process would never end.
 */
function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (socket.connecting) socket.destroy();
  else if (isEnding) socket.once('finish', () => resetSocket(socket));
  else socket.resetAndDestroy();
}
