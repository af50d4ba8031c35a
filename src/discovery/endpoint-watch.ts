import { asOperation } from '../diagnostics/operation.js';
import { type Iteration, type IterationSource, withCallerStack } from '../errors/index.js';
import type { FollowChange, Selection } from '../index.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { AsyncQueue } from '../internal/queue.js';
import type { ServiceEndpoint, ServiceEndpointInput } from './endpoint.js';
import type { EndpointMap, ServiceEndpoints } from './endpoint-map.js';

/**
 * The instances of a service as they come and go. Made by `ServiceRegistry.watch`; nothing is opened
 * before the first map is asked for, and `break`, the signal and disposing end it.
 */
export type EndpointWatch = Iteration<ServiceEndpoints>;

/** Keeps the map of the instances, and tells it after each change. */
export class EndpointMaps implements IterationSource<ServiceEndpoints> {
  readonly #entries: Selection<ServiceEndpoint, ServiceEndpointInput>;
  readonly #endpoints: EndpointMap;
  readonly #signal: AbortSignal | undefined;
  readonly #left = new AbortController();
  readonly #queue = new AsyncQueue<ServiceEndpoints>();
  #started = false;

  constructor(
    entries: Selection<ServiceEndpoint, ServiceEndpointInput>,
    endpoints: EndpointMap,
    signal: AbortSignal | undefined,
  ) {
    this.#entries = entries;
    this.#endpoints = endpoints;
    this.#signal = signal;
  }

  /** The first map, and then the next one that differs. */
  next(): Promise<IteratorResult<ServiceEndpoints, undefined>> {
    if (!this.#started) {
      this.#started = true;
      void asOperation('watch', () => this.#follow());
    }
    return withCallerStack(this.#queue.next());
  }

  /** Ends the watch; who waits for a map gets none. */
  return(): Promise<IteratorResult<ServiceEndpoints, undefined>> {
    this.#started = true;
    this.#left.abort();
    return this.#queue.return();
  }

  shown(): object {
    return { entries: this.#entries };
  }

  async #follow(): Promise<void> {
    using linked = new LinkedSignal({ signals: [this.#signal, this.#left.signal] });
    const { signal } = linked;
    onAbort(signal, () => void this.#queue.return());
    if (signal.aborted) return;
    let changed = false;
    try {
      for await (const change of this.#entries.follow({ signal })) {
        if (this.#apply(change)) changed = true;
        // What a transaction does is told when it is whole.
        if (!changed || (change.type !== 'snapshot' && change.more)) continue;
        changed = false;
        // A map that still waits is out of date.
        this.#queue.take();
        this.#queue.push(this.#endpoints.copy());
      }
      this.#queue.end();
    } catch (error) {
      this.#queue.fail(error);
    }
  }

  /** Answers whether the map is another one now; the first one always is. */
  #apply(change: FollowChange<ServiceEndpoint>): boolean {
    switch (change.type) {
      case 'snapshot':
        this.#endpoints.clear();
        for (const kv of change.entries.values()) this.#endpoints.put(kv);
        return true;
      case 'put':
        return this.#endpoints.put(change.kv);
      case 'delete':
        return this.#endpoints.delete(change.key);
    }
  }
}
