import type { Clock } from '../../internal/clock.js';
import type { Connection, Endpoint } from '../endpoint.js';

/** A flight that takes longer no longer holds the next one back: its server may hang. */
export const FLIGHT_WINDOW_MS = 50;

/** One RPC of gathered calls that is under way. */
export interface Flight {
  readonly lane: Lane;
  readonly startedAt: number;
}

/**
 * How many operations a batch may have on each endpoint: the configured number, until a server refuses
 * a batch for its size. Each server has limits of its own, so what one refuses the others may take.
 */
export class BatchLimits {
  readonly #most: number;
  readonly #lowered = new WeakMap<Endpoint, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Operations in one batch, at most. */
  of(endpoint: Endpoint): number {
    return this.#lowered.get(endpoint) ?? this.#most;
  }

  /** The endpoint refused a batch of this many for its size. */
  refused(endpoint: Endpoint, operations: number): void {
    const half = Math.max(1, Math.floor(operations / 2));
    if (half < this.of(endpoint)) this.#lowered.set(endpoint, half);
  }
}

/** One connection as the batches see it: what is under way there. */
export class Lane {
  readonly connection: Connection;
  readonly flights = new Set<Flight>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** How many flights began after this moment. */
  youngerThan(moment: number): number {
    let young = 0;
    for (const { startedAt } of this.flights) if (startedAt > moment) young++;
    return young;
  }
}

/**
 * The connections that gathered calls may travel on, and which of them takes the next batch: the one
 * with the fewest under way. One that leaves a batch unanswered for longer than the flight window gets
 * no other while there are servers that answer.
 */
export class Lanes {
  readonly #connections: () => readonly Connection[];
  readonly #maxFlights: number;
  readonly #clock: Clock;
  readonly #known = new WeakMap<Connection, Lane>();
  #seen: readonly Connection[] = [];
  #lanes: readonly Lane[] = [];
  #turn = 0;

  /**
   * @param connections those in use now; the same array as long as nothing changes
   * @param maxFlights batches under way on each, at most
   */
  constructor(connections: () => readonly Connection[], maxFlights: number, clock: Clock) {
    this.#connections = connections;
    this.#maxFlights = maxFlights;
    this.#clock = clock;
  }

  /** Whether there is any. */
  get some(): boolean {
    return this.#refreshed().length > 0;
  }

  /** The lane that takes the next batch; `undefined` when all of them are to be waited for. */
  free(): Lane | undefined {
    const lanes = this.#refreshed();
    const windowStart = this.#clock.now() - FLIGHT_WINDOW_MS;
    let best: Lane | undefined;
    let bestAnswers = false;
    let someAnswer = false;
    this.#turn++;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[(this.#turn + i) % lanes.length] as Lane;
      const young = lane.youngerThan(windowStart);
      const answers = young === lane.flights.size;
      someAnswer ||= answers;
      if (young >= this.#maxFlights) continue;
      const better =
        best === undefined ||
        (answers !== bestAnswers ? answers : lane.flights.size < best.flights.size);
      if (!better) continue;
      best = lane;
      bestAnswers = answers;
    }
    return someAnswer && !bestAnswers ? undefined : best;
  }

  /** When the next flight outgrows the window: then there may be a free lane. `Infinity` for never. */
  get nextChangeAt(): number {
    const windowStart = this.#clock.now() - FLIGHT_WINDOW_MS;
    let oldest = Infinity;
    for (const { flights } of this.#refreshed()) {
      for (const { startedAt } of flights) {
        if (startedAt > windowStart && startedAt < oldest) oldest = startedAt;
      }
    }
    return oldest + FLIGHT_WINDOW_MS;
  }

  /** Counts a flight that begins on this lane. */
  depart(lane: Lane): Flight {
    const flight = { lane, startedAt: this.#clock.now() };
    lane.flights.add(flight);
    return flight;
  }

  /** The flight is over. */
  land(flight: Flight): void {
    flight.lane.flights.delete(flight);
  }

  #refreshed(): readonly Lane[] {
    const connections = this.#connections();
    if (connections !== this.#seen) {
      this.#seen = connections;
      this.#lanes = connections.map((connection) => this.#laneOf(connection));
    }
    return this.#lanes;
  }

  #laneOf(connection: Connection): Lane {
    const known = this.#known.get(connection);
    if (known !== undefined) return known;
    const lane = new Lane(connection);
    this.#known.set(connection, lane);
    return lane;
  }
}
