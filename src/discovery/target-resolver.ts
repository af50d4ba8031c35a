import { ClientClosedError, DecodeError, GrpcCode } from '../errors/index.js';
import type { EtcdClient } from '../index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import { clockOf } from '../internal/clock-of.js';
import { ignore } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import type { InvalidEntry, ServiceEndpoints } from './endpoint-map.js';
import { type GrpcAddress, readGrpcAddress } from './grpc-address.js';
import type { GrpcModule, GrpcResolver, GrpcResolverListener } from './grpc-module.js';
import { ServiceRegistry } from './registry.js';

/** The context that resolvers of one registration share. */
export interface ResolverContext {
  readonly etcd: EtcdClient;
  readonly grpc: GrpcModule;
  readonly onInvalid: ((entry: InvalidEntry) => void) | undefined;
}

/** Pauses before the entries are asked for again after they could not be read at all. */
const BACKOFF: BackoffShape = { initialMs: 100, maxMs: 5_000 };

/**
 * Tells one gRPC channel which instances a service has.
 *
 * It begins when it is asked to resolve, and then tells by itself; asking again changes nothing, since
 * nothing can be newer than what the watch has told. It ends when it is destroyed, and may begin anew.
 */
export class TargetResolver implements GrpcResolver {
  readonly #context: ResolverContext;
  readonly #registry: ServiceRegistry;
  readonly #listener: GrpcResolverListener;
  #watching: AbortController | undefined;
  /** The addresses the channel has, as text. */
  #told: string | undefined;
  /** The entries that were left out already, so that each is told once. */
  #refused: ReadonlySet<string> = new Set();

  constructor(context: ResolverContext, target: string, listener: GrpcResolverListener) {
    this.#context = context;
    this.#listener = listener;
    this.#registry = new ServiceRegistry(context.etcd, target);
    if (context.onInvalid !== undefined) this.#registry.on('invalid', context.onInvalid);
  }

  updateResolution(): void {
    if (this.#watching !== undefined) return;
    this.#watching = new AbortController();
    void this.#watch(this.#watching.signal);
  }

  destroy(): void {
    this.#watching?.abort();
    this.#watching = undefined;
    this.#told = undefined;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const clock = clockOf(this.#context.etcd);
    const backoff = new Backoff(BACKOFF, clock);
    while (!signal.aborted) {
      try {
        for await (const endpoints of this.#registry.watch({ signal })) {
          if (signal.aborted) return;
          backoff.reset();
          this.#tell(endpoints);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#told = undefined;
        this.#fail(
          `etcd could not be asked for the instances of ${this.#registry.target}: ${String(error)}`,
        );
        if (error instanceof ClientClosedError) {
          this.#watching = undefined;
          return;
        }
        await delay(clock, backoff.next(), signal).catch(ignore);
      }
    }
  }

  #tell(endpoints: ServiceEndpoints): void {
    const addresses = this.#addressesOf(endpoints);
    const told = [...addresses.keys()].sort().join('\n');
    // The channel would open its connections anew; a change of metadata alone is no reason to.
    if (told === this.#told) return;
    this.#told = told;
    const list = [...addresses.values()].map((address) => ({ addresses: [address] }));
    const { statusOrFromValue } = this.#context.grpc.experimental;
    this.#listener(statusOrFromValue(list), {}, null, '');
    // The empty list has made the channel let go of what it had; the reason why calls fail comes apart.
    if (list.length === 0) this.#fail(`no instance of ${this.#registry.target} is registered`);
  }

  /** Several instances may share an address: to gRPC they are one. */
  #addressesOf(endpoints: ServiceEndpoints): ReadonlyMap<string, GrpcAddress> {
    const addresses = new Map<string, GrpcAddress>();
    const refused = new Set<string>();
    for (const [id, { address: text }] of endpoints) {
      const address = readGrpcAddress(text);
      if (address !== undefined) {
        addresses.set(text, address);
        continue;
      }
      const entry = `${id}\n${text}`;
      refused.add(entry);
      if (!this.#refused.has(entry)) this.#refuse(id, text);
    }
    this.#refused = refused;
    return addresses;
  }

  #refuse(id: string, address: string): void {
    const key = `${this.#registry.target}/${id}`;
    const text = `${key}: gRPC cannot connect to ${JSON.stringify(address)}; host:port, [v6]:port or unix:path`;
    const entry = { key, error: new DecodeError(text, { key }) };
    // It is the user's code: what it throws must not look like a failure of etcd.
    queueMicrotask(() => this.#context.onInvalid?.(entry));
  }

  #fail(details: string): void {
    const { statusOrFromError } = this.#context.grpc.experimental;
    this.#listener(statusOrFromError({ code: GrpcCode.UNAVAILABLE, details }), {}, null, '');
  }
}
