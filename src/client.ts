import { AdminTransport } from './admin/admin-transport.js';
import { Auth } from './admin/auth/index.js';
import { Cluster } from './admin/cluster/index.js';
import {
  checkHealth,
  type EndpointHealth,
  Maintenance,
  type MaintenanceContext,
} from './admin/maintenance/index.js';
import { ClientEmitter, type ClientEvents } from './client-events.js';
import { addClient } from './diagnostics/clients.js';
import { OBSERVED, type Observed } from './diagnostics/observed.js';
import { Report } from './diagnostics/report.js';
import type { ClientStatus } from './diagnostics/status.js';
import { PermissionDeniedError } from './errors/index.js';
import { CLOCK } from './internal/clock-of.js';
import { KeyedQueue } from './internal/keyed-queue.js';
import { printable, withWholeJson } from './internal/printable.js';
import { SleepAwareClock } from './internal/sleep-aware-clock.js';
import { internalsOf } from './internals.js';
import { type CompactOptions, type CompactResult, compact } from './kv/index.js';
import { LeaseKeeper, LeaseNews, Leases } from './lease/index.js';
import { readCallOptions } from './model/call-options.js';
import { codecs } from './model/codec/index.js';
import { Keyspace } from './model/keys/index.js';
import {
  checkClientOptions,
  checkEndpoints,
  DEFAULT_TIMEOUT_MS,
  type EtcdClientOptions,
  wireOf,
} from './options.js';
import { type Environment, optionsFromEnv } from './options-env.js';
import type { Rpc } from './rpc/index.js';
import { kv } from './rpc/services.js';
import { createRpc } from './rpc/stubs.js';
import { BatchingTransport } from './transport/batching/batching-transport.js';
import { checkBatchingOptions } from './transport/batching/options.js';
import { EndpointSync, memberEndpoints, usableUrls } from './transport/connection/endpoint-sync.js';
import { GrpcTransport } from './transport/grpc-transport.js';
import { Interception } from './transport/intercept.js';
import { TemporaryTransports } from './transport/temporary-transports.js';
import { TracedTransport } from './transport/traced-transport.js';
import type { CallOptions, Transport } from './transport/transport.js';
import { refuseCollisions } from './txn/index.js';
import { View } from './view/index.js';
import { WatchHub } from './watch/index.js';

/**
 * A client of an etcd cluster. It is also the view of every key, with strings as values.
 *
 * Making one does no I/O: it connects with the first call, to all endpoints, and reconnects by itself.
 *
 * @example
 * await using etcd = await EtcdClient.connect({ endpoints: 'http://127.0.0.1:2379' });
 * await etcd.put('name', 'value');
 */
export class EtcdClient extends View<string> {
  /** The members of the cluster. */
  readonly cluster: Cluster;
  /** Authentication, users and roles. */
  readonly auth: Auth;
  /** Care of members and of their storage. */
  readonly maintenance: Maintenance;
  /** The part that recipes tell what they do. Not for users. */
  readonly [OBSERVED]: Observed;
  /** Makes the stubs when they are first asked for: most programs do not. */
  readonly #makeRpc: () => Rpc;
  #rpc: Rpc | undefined;
  readonly #transport: GrpcTransport;
  readonly #batching: BatchingTransport | undefined;
  readonly #tls: EtcdClientOptions['tls'];
  /** Transport of user calls: interceptors, and batching if enabled. */
  readonly #calls: Transport;
  readonly #sync: EndpointSync | undefined;
  readonly #watches: WatchHub;
  readonly #leases: LeaseKeeper;
  readonly #events: ClientEmitter;
  readonly #maintenance: MaintenanceContext;
  readonly #temporary = new TemporaryTransports();
  readonly #leaveClients: () => void;
  #closed = false;
  /** Leases: granted, attached to, and listed. */
  readonly lease: Leases;

  /**
   * @throws InvalidArgumentError (a `TypeError`) for options that are wrong or contradict each other
   */
  constructor(options: EtcdClientOptions) {
    const endpoints = checkClientOptions(options);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const events = new ClientEmitter();
    const { clock, openChannel } = internalsOf(options);
    const report = new Report(options.logger);
    const wire = wireOf(options);
    const config = { ...options, endpoints, timeoutMs, wire, clock, openChannel, report };
    const grpc = new GrpcTransport({
      ...config,
      events: {
        connected: (endpoint) => events.emit('connected', { endpoint }),
        disconnected: (endpoint, error) => events.emit('disconnected', { endpoint, error }),
      },
    });
    const interception = new Interception(options.interceptors, grpc);
    const traced = (transport: Transport): Transport =>
      new TracedTransport(interception.before(transport), report, clock);
    const direct = traced(grpc);
    const batching = checkBatchingOptions(options.batching);
    const gathering = batching && new BatchingTransport(grpc, { batching, timeoutMs, clock });
    const transport = gathering === undefined ? direct : traced(gathering);
    const keyspace = keyspaceOf(options);
    const leaseClock = new SleepAwareClock(clock);
    const keeper = new LeaseKeeper(transport, leaseClock, () => grpc.endpoints.length > 1);
    const calls = new LeaseNews(transport, keeper.registry);
    const context = { transport: calls, clock, timeoutMs, report };
    const watches = new WatchHub(context);
    super(
      { ...context, endpoints: () => grpc.endpoints, watches, updates: new KeyedQueue() },
      { keyspace, codec: codecs.utf8 },
    );
    this.#leaveClients = addClient(this);
    this[OBSERVED] = { report, locks: new Set() };
    this.#watches = watches;
    this.#leases = keeper;
    this.lease = new Leases({ ...context, clock: leaseClock, keyspace, keeper });
    this.#transport = grpc;
    this.#batching = gathering;
    this.#tls = options.tls;
    this.#calls = calls;
    this.#events = events;
    const admin = new AdminTransport(direct, () => this.endpoints);
    this.#maintenance = {
      transport: admin,
      clock,
      timeoutMs,
      endpoints: () => this.endpoints,
      withTemporaryTransport: (others, use) =>
        this.#temporary.use({ ...config, endpoints: usableUrls(others, grpc.encrypted) }, use),
    };
    this.cluster = new Cluster(admin);
    this.auth = new Auth(admin, keyspace);
    this.maintenance = new Maintenance(this.#maintenance);
    this.#makeRpc = () =>
      createRpc(new LeaseNews(direct, keeper.registry), {
        [kv.txn.name]: refuseCollisions,
      });
    this.#sync =
      options.endpointSync &&
      new EndpointSync({
        clock,
        intervalSeconds: options.endpointSync.intervalSeconds,
        sync: async () => grpc.inUse && (await this.syncEndpoints()),
      });
  }

  /**
   * Reads the options that `etcdctl` takes from the environment.
   *
   * - `ETCDCTL_ENDPOINTS`: the endpoints. Default: `127.0.0.1:2379`.
   * - `ETCDCTL_USER`: `name:password`, or the name when `ETCDCTL_PASSWORD` is set.
   * - `ETCDCTL_AUTH_JWT_TOKEN`: a token instead of a user.
   * - `ETCDCTL_CACERT`, `ETCDCTL_CERT`, `ETCDCTL_KEY`: paths of PEM files. The files are read again for each
   *   new connection.
   *
   * @throws InvalidArgumentError naming the variable that is wrong, and the file that cannot be read
   *
   * @example
   * const etcd = new EtcdClient({ ...EtcdClient.optionsFromEnv(), namespace: 'app/' });
   */
  static optionsFromEnv(env: Environment = process.env): EtcdClientOptions {
    return optionsFromEnv(env);
  }

  /**
   * Makes a client and makes sure that it can work: a server answers, and accepts the credentials if it
   * asks for any. It reads one key of the namespace, from any member. A user who may not read it is
   * accepted: the server knows who asks. After a failure the client is closed.
   *
   * @throws InvalidArgumentError for wrong options; nothing is sent then
   * @throws UnavailableError when no endpoint answers in time, or none can be used
   * @throws AuthenticationError for a wrong password or token, and for none where the cluster asks for one
   */
  static async connect(options: EtcdClientOptions, call?: CallOptions): Promise<EtcdClient> {
    const checked = readCallOptions(call);
    const client = new EtcdClient(options);
    try {
      // Some versions tell their status to anybody, and others to administrators alone.
      await client.#calls.unary(
        kv.range,
        { key: keyspaceOf(options).encodeKey('\0'), countOnly: true, serializable: true },
        { ...checked, operation: 'connect' },
      );
      return client;
    } catch (error) {
      if (error instanceof PermissionDeniedError) return client;
      await client.close();
      throw error;
    }
  }

  /** Every RPC of etcd as it is on the wire, over the connections of this client. */
  get rpc(): Rpc {
    this.#rpc ??= this.#makeRpc();
    return this.#rpc;
  }

  /** The endpoints, as they were given or last set. */
  get endpoints(): readonly string[] {
    return this.#transport.endpoints;
  }

  /**
   * Replaces the endpoints. Connections to those that stay are kept; calls under way are finished.
   *
   * @throws InvalidArgumentError for an empty list, for an endpoint that cannot be read, and for none that
   * is encrypted where the client was made with `tls`
   */
  setEndpoints(endpoints: string | readonly string[]): void {
    this.#transport.setEndpoints(checkEndpoints(endpoints, this.#tls));
  }

  /**
   * Replaces the endpoints by the client URLs of the cluster's members, and answers them. Learners and
   * members that have not started are left out; where no member tells a URL, the endpoints stay. A client
   * that uses TLS takes encrypted URLs alone. The endpoints that were given stay as a fallback: calls go
   * there while no announced one can be reached. The option `endpointSync` does it again and again.
   *
   * @throws EtcdError (`INVALID_MEMBER_URLS`) when this client uses TLS and no member announces an
   * encrypted URL; the endpoints stay then
   *
   * @example
   * const etcd = new EtcdClient({ endpoints, endpointSync: { intervalSeconds: 60 } });
   */
  async syncEndpoints(options?: CallOptions): Promise<readonly string[]> {
    const found = await memberEndpoints(this.#calls, readCallOptions(options));
    const usable = usableUrls(found, this.#transport.encrypted);
    if (usable.length > 0) this.#transport.announceEndpoints(usable);
    return this.endpoints;
  }

  /**
   * Calls `listener` at each event.
   *
   * @throws InvalidArgumentError for an unknown event, and for a listener that is not a function
   */
  on<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Calls `listener` at the next event alone. */
  once<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): this {
    this.#events.once(event, listener);
    return this;
  }

  /** Takes `listener` away. */
  off<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Another name for `off`, which `once` and `on` of `node:events` call. */
  removeListener<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): this {
    return this.off(event, listener);
  }

  /**
   * Returns the state of this client at this moment: its endpoints, open calls, watches, leases and locks. It
   * asks no server. For the health of the cluster see `health()`.
   *
   * @example
   * const { endpoints, calls } = etcd.status();
   * const ready = endpoints.some(({ state }) => state === 'ready');
   */
  status(): ClientStatus {
    const alone = this.#transport.calls;
    const gathered = this.#batching?.calls ?? { open: 0, waiting: 0 };
    const now = this[CLOCK].now();
    return withWholeJson({
      endpoints: this.#transport.endpointStatus,
      calls: {
        open: alone.open + gathered.open,
        waiting: alone.waiting + gathered.waiting,
      },
      watches: this.#watches.status,
      leases: this.#leases.registry.status,
      locks: [...this[OBSERVED].locks].map(({ name, key, state, since }) => {
        return { name, key, state, sinceMs: now - since };
      }),
    });
  }

  /** Gives up every revision below this one, of the whole store. */
  compact(revision: bigint | number, options?: CompactOptions): Promise<CompactResult> {
    return compact(this.#calls, revision, options);
  }

  /**
   * Checks each endpoint by itself, as `etcdctl endpoint health` of etcd 3.5 does. An endpoint is healthy if
   * a linearizable read through it succeeds and no alarm is raised. An endpoint that is sick, or down, is an
   * answer and no error. Each read has a deadline, also where the client has none.
   *
   * @throws AbortError when the signal aborts, ClientClosedError when the client is closed
   */
  async health(options?: CallOptions): Promise<readonly EndpointHealth[]> {
    return await checkHealth(this.#maintenance, readCallOptions(options));
  }

  /**
   * Ends everything: calls under way reject with `CLIENT_CLOSED`, streams are cancelled, and nothing is
   * left that would keep the process alive. Harmless when done twice.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#events.emit('closed');
    }
    this.#leaveClients();
    this[OBSERVED].report.close();
    this.#sync?.close();
    this.#watches.close();
    this.#leases.close();
    await this.#calls.close();
    await this.#temporary.close();
  }

  /** Closes the client. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const keyspaceOf = ({ namespace }: EtcdClientOptions): Keyspace =>
  namespace === undefined ? Keyspace.root : Keyspace.root.sub(namespace);

printable(EtcdClient, 'EtcdClient', ({ endpoints }) => ({ endpoints }));
