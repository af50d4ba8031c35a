import { asOperation, outsideOperation } from '../diagnostics/operation.js';
import {
  checkCallOptions,
  checkKnownOptions,
  checkPositiveInteger,
  checkSignal,
  invalidArgument,
  iterateOnce,
  listenerCheck,
} from '../errors/index.js';
import type { CallOptions, EtcdClient, Selection } from '../index.js';
import { printable } from '../internal/printable.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import {
  checkEndpoint,
  endpointCodec,
  type ServiceEndpoint,
  type ServiceEndpointInput,
} from './endpoint.js';
import { EndpointMap, type InvalidEntry, type ServiceEndpoints } from './endpoint-map.js';
import { EndpointMaps, type EndpointWatch } from './endpoint-watch.js';
import { Registration } from './registration.js';

/** The events of a registry, with the arguments of their listeners. */
export type ServiceRegistryEvents = {
  /** An entry could not be read and was left out, by this `list` or this `watch`. */
  invalid: [entry: InvalidEntry];
};

const checkListener = listenerCheck<ServiceRegistryEvents>({ invalid: true });

/** The options of `register`. */
export interface RegisterOptions extends CallOptions {
  /** Seconds for which the entry stays when its process has died. Default: 10. */
  readonly ttlSeconds?: number | undefined;
}

/** The options of `watch`. */
export interface WatchEndpointsOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TTL_SECONDS = 10;

/**
 * The instances of one service: where they register themselves and are found. Its entries are those of
 * Go's `naming/endpoints`, so that clients and services of both languages find each other.
 *
 * @example
 * const registry = new ServiceRegistry(etcd, 'services/api');
 * await using registration = await registry.register('node-1', { address: '10.0.0.5:8080' });
 * for await (const endpoints of registry.watch()) console.log([...endpoints.keys()]);
 */
export class ServiceRegistry extends TypedEmitter<ServiceRegistryEvents> {
  /** The name of the service. */
  readonly target: string;
  readonly #etcd: EtcdClient;
  /** The prefix of every key. */
  readonly #prefix: string;

  /**
   * @param target the name of the service; its entries have the keys `<target>/<id>` within the client's
   *   namespace. As in Go, a target that ends in `/` gets a second one.
   * @throws InvalidArgumentError for an argument that is not a client, and for an empty target
   */
  constructor(etcd: EtcdClient, target: string) {
    super(checkListener);
    if (typeof (etcd as Partial<EtcdClient> | null | undefined)?.as !== 'function') {
      throw invalidArgument('client', etcd, 'an EtcdClient: new ServiceRegistry(etcd, target)');
    }
    if (typeof target !== 'string' || target === '') {
      throw invalidArgument('target', target, "the name of a service, such as 'services/api'");
    }
    this.target = target;
    this.#etcd = etcd;
    this.#prefix = `${target}/`;
  }

  /**
   * Registers an instance under a lease of its own, and keeps it registered until the registration is
   * closed. An entry that has the same id is replaced.
   *
   * @param id names the instance among those of the service
   * @throws InvalidArgumentError for an empty id, a wrong address, and metadata that JSON cannot hold
   */
  async register(
    id: string,
    endpoint: ServiceEndpointInput,
    options: RegisterOptions = {},
  ): Promise<Registration> {
    if (typeof id !== 'string' || id === '') {
      throw invalidArgument('id', id, "a name for the instance, such as 'node-1'");
    }
    const checked = checkEndpoint(endpoint);
    checkKnownOptions('options', options, {
      ttlSeconds: true,
      signal: true,
      timeoutMs: true,
      metadata: true,
    });
    const { ttlSeconds = DEFAULT_TTL_SECONDS, ...call } = options;
    checkPositiveInteger('ttlSeconds', ttlSeconds);
    checkCallOptions(call);
    const context = { etcd: this.#etcd, id, key: this.#prefix + id, ttlSeconds };
    return await asOperation('register', () => Registration.open(context, checked, call));
  }

  /** The instances that are registered now. */
  async list(options?: CallOptions): Promise<ServiceEndpoints> {
    const { kvs } = await asOperation('list', () => this.#entries().all(options));
    const endpoints = this.#map();
    for (const kv of kvs) endpoints.put(kv);
    return endpoints.copy();
  }

  /**
   * Follows the instances: the map of all that are registered, now and after each change, for ever. It
   * survives reconnects and compactions. A consumer that is slow gets the latest map, not every one.
   *
   * @throws EtcdError where the iteration stands, when the entries may not be read
   */
  watch(options?: WatchEndpointsOptions): EndpointWatch {
    checkKnownOptions('options', options, { signal: true });
    checkSignal('signal', options?.signal);
    const maps = new EndpointMaps(this.#entries(), this.#map(), options?.signal);
    return iterateOnce(maps, 'watch', 'call watch() once more');
  }

  #entries(): Selection<ServiceEndpoint, ServiceEndpointInput> {
    return this.#etcd.as(endpointCodec).prefix(this.#prefix);
  }

  #map(): EndpointMap {
    return new EndpointMap(this.#prefix, (entry) =>
      outsideOperation(() => void this.emit('invalid', entry)),
    );
  }
}

printable(ServiceRegistry, 'ServiceRegistry', ({ target }) => ({ target }));
