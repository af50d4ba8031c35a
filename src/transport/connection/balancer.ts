import type { EndpointStatus } from '../../diagnostics/status.js';
import { type EtcdError, invalidArgument, showAddress } from '../../errors/index.js';
import type { CallScope } from '../call-scope.js';
import { type Address, parseAddress } from '../channel/address.js';
import { ClusterIdentity } from './cluster-identity.js';
import type { BalancerContext, EndpointContext } from './connection-context.js';
import { waitForConnection } from './connection-wait.js';
import { DnsEndpoints, srvDomain } from './dns-endpoints.js';
import { type Connection, Endpoint } from './endpoint.js';
import { EndpointNews, statusOf } from './endpoint-news.js';
import { notReady, notUsable } from './not-ready.js';
import { preferences } from './preferences.js';
import type { StreamUse } from './stream-pool.js';

/** Some endpoints, such as those a call has tried: the one that failed last comes last. */
export type Endpoints = Pick<ReadonlySet<Endpoint>, 'has' | 'keys'>;

/**
 * The endpoints of a client, and the choice of the one that the next call goes to. Ready endpoints have their
 * turns, in this order of preference:
 *
 * 1. voting members before learners
 * 2. members that see a leader before those that see none
 * 3. members that answer before those that are just being asked whether they live
 */
export class Balancer {
  readonly #context: BalancerContext;
  /** The given addresses, and those that were looked up for them. */
  #given: readonly Address[] = [];
  /** The addresses that members announce, once they were asked. */
  #announced: readonly Address[] | undefined;
  #endpoints: readonly Endpoint[] = [];
  /** Endpoints that were given and are not announced: for when no announced one can be reached. */
  #fallback: readonly Endpoint[] = [];
  /** The look-up of endpoints that were given as `dnssrv://`, if any. */
  #dns: DnsEndpoints | undefined;
  #preferred: readonly Connection[] = [];
  #turn = 0;
  readonly #cluster = new ClusterIdentity();
  #wanted = false;
  #closed = false;
  readonly #waiting = new Set<() => void>();
  readonly #news: EndpointNews | undefined;

  constructor(context: BalancerContext) {
    this.#context = context;
    this.#news = context.report && new EndpointNews(context.report);
  }

  /** The endpoints' names, in the order they were given; `dnssrv://` as long as that is not looked up. */
  get names(): readonly string[] {
    const names = this.#endpoints.map((endpoint) => endpoint.name);
    return this.#dns === undefined || this.#dns.known ? names : [...names, ...this.#dns.names];
  }

  /** The connections that calls go to now, in turn. */
  get preferred(): readonly Connection[] {
    return this.#preferred;
  }

  /** The connections that can be used now. */
  get ready(): readonly Connection[] {
    return this.#all.flatMap((endpoint) => endpoint.connection ?? []);
  }

  /** State of each endpoint, for people; of a domain as long as it is not looked up. */
  get status(): readonly EndpointStatus[] {
    const known = this.#all.map((endpoint) => statusOf(endpoint, this.#preferred));
    const domains = this.#dns === undefined || this.#dns.known ? [] : this.#dns.names;
    const state = this.#wanted ? 'connecting' : 'idle';
    const lookedUp = domains.map((endpoint) => {
      return { endpoint, state, version: undefined, roundTripMs: undefined, lastError: undefined };
    });
    return [...known, ...(lookedUp as EndpointStatus[])];
  }

  /** True if what was given is encrypted, or some of it. */
  get encrypted(): boolean {
    return this.#context.tls || this.#given.some(({ secure }) => secure);
  }

  get #all(): readonly Endpoint[] {
    return [...this.#endpoints, ...this.#fallback];
  }

  /**
   * Replaces the endpoints. Those that stay keep their connections; those that go finish the calls
   * they have.
   *
   * @throws InvalidArgumentError naming an endpoint that cannot be read
   */
  set(endpoints: readonly string[]): void {
    const fixed = endpoints.filter((endpoint) => srvDomain(endpoint) === undefined);
    const domains = endpoints.flatMap((endpoint) => srvDomain(endpoint) ?? []);
    const addresses = this.#parse(fixed);
    this.#announced = undefined;
    this.#dns?.close();
    this.#dns = undefined;
    if (domains.length > 0) {
      const found = (inDns: readonly string[]): void =>
        this.#give([...addresses, ...this.#parse(inDns)]);
      const { clock, lookUp, tls: encrypted } = this.#context;
      const names = [...new Set(domains)];
      this.#dns = new DnsEndpoints({ clock, domains: names, encrypted, found, lookUp });
    }
    // Endpoints that are to be looked up replace the old ones when they are known.
    if (addresses.length > 0 || domains.length === 0) this.#give(addresses);
    else if (this.#wanted) this.connect();
  }

  /**
   * Replaces the endpoints by those that the members announce. The given ones stay: calls go there
   * while no announced one can take them.
   */
  announce(endpoints: readonly string[]): void {
    this.#announced = this.#parse(endpoints);
    this.#apply();
  }

  #give(addresses: readonly Address[]): void {
    this.#given = addresses;
    this.#apply();
  }

  #parse(endpoints: readonly string[]): readonly Address[] {
    return endpoints.map((endpoint) => parseAddress(endpoint, this.#context.tls));
  }

  #apply(): void {
    const old = new Map(this.#all.map((endpoint) => [endpoint.address.key, endpoint]));
    const kept = new Set<Endpoint>();
    const take = (addresses: readonly Address[]): Endpoint[] =>
      addresses.flatMap((address) => {
        const endpoint = old.get(address.key) ?? new Endpoint(address, this.#endpointContext);
        old.set(address.key, endpoint);
        if (kept.has(endpoint)) return [];
        kept.add(endpoint);
        return endpoint;
      });
    this.#endpoints = take(this.#announced ?? this.#given);
    this.#fallback = take(this.#given);
    this.#refresh();
    for (const endpoint of old.values()) if (!kept.has(endpoint)) endpoint.close();
    // Calls that wait for one of those would wait for ever.
    for (const check of [...this.#waiting]) check();
    if (this.#wanted) this.connect();
  }

  /** True if a call has asked for a connection. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Starts connecting everywhere. */
  connect(): void {
    if (this.#closed) return;
    this.#wanted = true;
    this.#dns?.need();
    for (const endpoint of this.#all) endpoint.connect();
  }

  /**
   * The next connection in turn, without those that were tried before. When all were tried, they have
   * their turns again in the same order: what one endpoint refuses for ever, another may take.
   * One that has a free stream goes before one where the call would wait for it.
   */
  pick(tried?: Endpoints, use: StreamUse = 'short'): Connection | undefined {
    const count = this.#preferred.length;
    const first = this.#turn++;
    let full: Connection | undefined;
    for (let i = 0; i < count; i++) {
      const connection = this.#preferred[(first + i) % count];
      if (connection === undefined || tried?.has(connection.endpoint) === true) continue;
      // One that is the only one is asked for a stream anyway.
      if (count === 1 || !connection.streams.isFull(use)) {
        this.#turn = first + i + 1;
        return connection;
      }
      full ??= connection;
    }
    if (full !== undefined) return full;
    for (const endpoint of tried?.keys() ?? []) {
      const connection = this.#preferred.find((one) => one.endpoint === endpoint);
      if (connection !== undefined) return connection;
    }
    return undefined;
  }

  /** Returns the number of endpoints that could take the call at once, besides this one and those tried. */
  others(than: Connection, tried: Endpoints | undefined): number {
    let others = 0;
    for (const { endpoint } of this.#preferred) {
      if (endpoint !== than.endpoint && tried?.has(endpoint) !== true) others++;
    }
    return others;
  }

  /** Returns whether another endpoint than those tried could take the call at once. */
  hasOther(tried: Endpoints | undefined): boolean {
    return this.#preferred.some(({ endpoint }) => tried?.has(endpoint) !== true);
  }

  /** True if there is an endpoint that may turn out to be of the right cluster. */
  get hopeful(): boolean {
    return this.#all.some((endpoint) => !endpoint.hopeless);
  }

  /** Returns `false` while the endpoints of a call have all failed, for a client that does not wait for one. */
  mayServe(only: Endpoint | undefined): boolean {
    if (this.#context.waitForReady !== false) return true;
    const candidates = only === undefined ? this.#all : [only];
    return candidates.length === 0 || candidates.some((one) => one.error === undefined);
  }

  /** True if there is an endpoint that is no learner, as far as is known. */
  get mayHaveVoter(): boolean {
    return this.#endpoints.some(
      (endpoint) => !endpoint.hopeless && endpoint.connection?.info.isLearner !== true,
    );
  }

  /** The endpoint of this name as a set: empty when it is none of the client's. */
  named(name: string): ReadonlySet<Endpoint> {
    return new Set(this.#all.filter((endpoint) => endpoint.name === name));
  }

  /**
   * The endpoint of this name.
   *
   * @throws InvalidArgumentError when the client has no such endpoint
   */
  require(name: string): Endpoint {
    const { key } = parseAddress(name, this.#context.tls);
    const found = this.#all.find((endpoint) => endpoint.address.key === key);
    if (found === undefined) {
      throw invalidArgument('endpoint', showAddress(name), `allowed are ${this.names.join(', ')}`);
    }
    return found;
  }

  /**
   * Waits until a connection can be had, as long as the call may wait.
   *
   * @param only the one endpoint the call may go to
   */
  waitReady(
    scope: CallScope,
    find: () => Connection | undefined,
    only?: Endpoint,
    longestPauseMs?: () => number,
  ): Promise<Connection> {
    this.connect();
    const candidates = (): readonly Endpoint[] => (only === undefined ? this.#all : [only]);
    const explain = (): EtcdError => notReady(scope, candidates(), this.#dns);
    // What outlives its connections waits in any case.
    const lasts = longestPauseMs !== undefined;
    const hopeless = (): EtcdError | undefined => {
      const all = candidates();
      if (all.length === 0) return undefined;
      if (all.every((one) => one.hopeless)) return notUsable(scope, all);
      return lasts || this.mayServe(only) ? undefined : notReady(scope, all, undefined, 'is ready');
    };
    const { clock } = this.#context;
    return waitForConnection({
      clock,
      scope,
      waiting: this.#waiting,
      find,
      hopeless,
      explain,
      hurry: () => {
        for (const one of candidates()) one.hurry();
      },
      longestPauseMs,
    });
  }

  /** The error of a deadline that passed while something else was waited for, over these connections. */
  explain(scope: CallScope): EtcdError {
    return this.#preferred.length === 0 ? notReady(scope, this.#all, this.#dns) : scope.timedOut();
  }

  /** Checks an answer's cluster id as long as the server has not told it by itself. */
  verify(connection: Connection, answer: unknown): EtcdError | undefined {
    return this.#cluster.verify(connection, answer);
  }

  /** Asks those servers for their version that refused to tell it without a token. */
  askAgain(): void {
    for (const endpoint of this.#all) endpoint.askAgain();
  }

  close(): void {
    this.#closed = true;
    this.#dns?.close();
    for (const endpoint of this.#all) endpoint.close();
    this.#preferred = [];
  }

  #refresh(): void {
    const fallback = preferences(this.#fallback);
    // A fallback that serves comes before an endpoint that cannot.
    const ranks = preferences(this.#endpoints).flatMap((list, rank) => [
      list,
      fallback[rank] ?? [],
    ]);
    this.#preferred = ranks.find((list) => list.length > 0) ?? [];
    this.#news?.look(this.#all, this.#preferred);
    for (const check of [...this.#waiting]) check();
  }

  get #endpointContext(): EndpointContext<Endpoint> {
    const { events } = this.#context;
    return {
      ...this.#context,
      admit: (endpoint, { clusterId }) => this.#cluster.admit(endpoint, clusterId),
      changed: () => this.#refresh(),
      silent: (endpoint) => {
        for (const other of this.#all) if (other !== endpoint) other.askIfQuiet();
      },
      connected: (endpoint) => {
        this.#news?.connected(endpoint);
        this.#news?.look(this.#all, this.#preferred);
        events.connected(endpoint.name);
      },
      disconnected: (endpoint, error) => {
        this.#news?.disconnected(endpoint, error);
        events.disconnected(endpoint.name, error);
      },
    };
  }
}
