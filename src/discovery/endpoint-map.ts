import { DecodeError } from '../errors/index.js';
import type { KeyValue } from '../index.js';
import { withJson } from '../internal/printable.js';
import type { ServiceEndpoint } from './endpoint.js';

/** The instances of a service by their ids, as they were at one moment. */
export type ServiceEndpoints = ReadonlyMap<string, ServiceEndpoint>;

/** An entry that is not in Go's format. */
export interface InvalidEntry {
  /** The key within the client's namespace, as a string where its bytes are UTF-8. A `watch` leaves out others in silence. */
  readonly key: string | Uint8Array;
  /** The reason why the entry cannot be read. */
  readonly error: DecodeError;
}

/**
 * The entries of a service as they are read one by one. What cannot be read is left out and told: an
 * entry that was good and is overwritten with garbage is no longer there.
 */
export class EndpointMap {
  readonly #prefix: string;
  readonly #onInvalid: (entry: InvalidEntry) => void;
  readonly #endpoints = new Map<string, ServiceEndpoint>();

  constructor(prefix: string, onInvalid: (entry: InvalidEntry) => void) {
    this.#prefix = prefix;
    this.#onInvalid = onInvalid;
  }

  /** Takes an entry in; answers whether the map is another one now. */
  put(kv: KeyValue<ServiceEndpoint>): boolean {
    let id: string | undefined;
    try {
      id = this.#idOf(kv.key);
      this.#endpoints.set(id, kv.value);
      return true;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#onInvalid({ key: error.key, error });
      return id !== undefined && this.#endpoints.delete(id);
    }
  }

  /** Takes the entry of a key out; answers whether the map is another one now. */
  delete(key: string): boolean {
    return this.#endpoints.delete(this.#idOf(key));
  }

  /** Takes everything out. */
  clear(): void {
    this.#endpoints.clear();
  }

  /** The map as it is now, which later changes leave alone. */
  copy(): ServiceEndpoints {
    return withJson(new Map(this.#endpoints));
  }

  #idOf(key: string): string {
    return key.slice(this.#prefix.length);
  }
}
