import type { ClientProcess } from './client-process.js';
import type { Direction, Faults } from './faults.js';
import type { World } from './world.js';

/** The question of a client whether a server lives. */
const PROBE = '/etcdserverpb.Maintenance/Status';

/** Told at one end of a connection of what happens to it. */
export interface ConnectionEnds {
  /** The connection is gone, and with it all messages that were under way. */
  broken(): void;
  /** Nothing comes through for now. */
  frozen(): void;
}

/** One way of a connection: messages arrive in the order in which they were sent. */
class Pipe {
  readonly #world: World;
  readonly #direction: Direction;
  readonly #faults: readonly Faults[];
  /** Messages on their way, in their order: timers of the system do not always keep it. */
  #underWay: (() => void)[] = [];
  /** Messages that arrived while the way was frozen. */
  #held: (() => void)[] = [];
  /** Arrival of the last message, on the clock of the world. */
  #lastAt = -Infinity;
  #closed = false;
  #forgotten = false;

  constructor(world: World, direction: Direction, faults: readonly Faults[]) {
    this.#world = world;
    this.#direction = direction;
    this.#faults = faults;
  }

  get isFrozen(): boolean {
    return this.#forgotten || this.#faults.some((faults) => faults.isFrozen(this.#direction));
  }

  send(arrive: () => void): void {
    const now = this.#world.clock.now();
    const delayMs = this.#faults.reduce((sum, faults) => sum + faults.delayMs, 0);
    this.#lastAt = Math.max(this.#lastAt, now + delayMs);
    this.#underWay.push(arrive);
    this.#world.postIn(this.#lastAt - now, this.#next);
  }

  /** Lets what was held back arrive, if nothing freezes the way any more. */
  thaw(): void {
    if (this.isFrozen) return;
    const held = this.#held;
    this.#held = [];
    // Before what was sent meanwhile and is on its way: a connection keeps its order.
    this.#underWay.unshift(...held);
    for (const _ of held) this.#world.post(this.#next);
  }

  /** Lets nothing through any more, for ever. */
  forget(): void {
    this.#forgotten = true;
  }

  close(): void {
    this.#closed = true;
    this.#underWay = [];
    this.#held = [];
  }

  readonly #next = (): void => {
    const arrive = this.#underWay.shift();
    if (arrive !== undefined) this.#arrive(arrive);
  };

  #arrive(arrive: () => void): void {
    if (this.#closed) return;
    if (this.isFrozen || this.#held.length > 0) this.#held.push(arrive);
    else arrive();
  }
}

/** A simulated connection between a client and a member. */
export class Connection {
  readonly #process: ClientProcess;
  readonly #faults: readonly Faults[];
  readonly #pipes: Readonly<Record<Direction, Pipe>>;
  readonly #ends = new Set<ConnectionEnds>();
  #broken = false;

  /** @param faults those of all connections, and those of the client */
  constructor(world: World, process: ClientProcess, faults: readonly Faults[]) {
    this.#process = process;
    this.#faults = faults;
    this.#pipes = {
      toServer: new Pipe(world, 'toServer', faults),
      toClient: new Pipe(world, 'toClient', faults),
    };
    for (const each of faults) each.add(this);
  }

  get isFrozen(): boolean {
    return this.#pipes.toServer.isFrozen || this.#pipes.toClient.isFrozen;
  }

  addEnd(end: ConnectionEnds): void {
    this.#ends.add(end);
  }

  removeEnd(end: ConnectionEnds): void {
    this.#ends.delete(end);
  }

  toServer(arrive: () => void): void {
    if (!this.#broken) this.#pipes.toServer.send(arrive);
  }

  toClient(arrive: () => void): void {
    if (!this.#broken) this.#pipes.toClient.send(() => this.#process.receive(arrive));
  }

  /**
   * Sends an answer, unless it is one of those to lose: the connection breaks in its place. The client's own
   * question whether a server lives is answered all the same: the faults are for the calls of the user.
   *
   * @param arriveInPart what happens when the connection breaks in the middle of the answer
   */
  reply(path: string, arrive: () => void, arriveInPart: () => void): void {
    if (path === PROBE) this.toClient(arrive);
    else if (this.#faults.some((faults) => faults.takeLostReply())) this.break();
    else if (this.#faults.some((faults) => faults.takeTornReply())) {
      this.toClient(arriveInPart);
      // In the network: a client that stands still has lost all that would come after, too.
      this.#pipes.toClient.send(() => this.break());
    } else this.toClient(arrive);
  }

  /** Ends the connection; both ends hear of it. */
  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    for (const faults of this.#faults) faults.remove(this);
    this.#pipes.toServer.close();
    this.#pipes.toClient.close();
    for (const end of [...this.#ends]) end.broken();
  }

  /** Lets nothing through any more, and tells nobody: the network has forgotten the connection. */
  forget(): void {
    this.#pipes.toServer.forget();
    this.#pipes.toClient.forget();
    this.frozen();
  }

  /** Something froze a way of this connection. */
  frozen(): void {
    for (const end of this.#ends) end.frozen();
  }

  thaw(): void {
    this.#pipes.toServer.thaw();
    this.#pipes.toClient.thaw();
  }
}
