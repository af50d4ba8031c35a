import type { EtcdClient } from '../src/index.js';
import { atOnce } from './at-once.js';
import { built } from './build.js';
import { PREFIX, SMALL_KEYS, VALUE } from './tasks/task.js';

/** Fills the server with what the legs read, once for all clients. */
export class Store {
  readonly #etcd: EtcdClient;
  #rangeKeys = 0;
  /** The revision at which the history under a prefix begins. */
  readonly #histories = new Map<string, string>();

  private constructor(etcd: EtcdClient) {
    this.#etcd = etcd;
  }

  static async open(endpoint: string): Promise<Store> {
    const { EtcdClient } = await built<typeof import('../src/index.js')>('index.js');
    const etcd = await EtcdClient.connect({ endpoints: endpoint, batching: { writes: true } });
    const store = new Store(etcd);
    await atOnce(SMALL_KEYS, (i) => etcd.put(`${PREFIX.small}${i}`, VALUE));
    return store;
  }

  /** Makes sure that the large range has so many keys. */
  async fillRange(keys: number): Promise<void> {
    if (this.#rangeKeys >= keys) return;
    await atOnce(keys, (i) =>
      this.#etcd.put(`${PREFIX.range}${String(i).padStart(8, '0')}`, VALUE),
    );
    this.#rangeKeys = keys;
  }

  /** Writes a history of events under a prefix, so many in each revision; answers where it begins. */
  async fillHistory(prefix: string, events: number, perRevision: number): Promise<string> {
    const known = this.#histories.get(prefix);
    if (known !== undefined) return known;
    const { header } = await this.#etcd.put(PREFIX.small, VALUE);
    const from = String(header.revision + 1n);
    await atOnce(events / perRevision, (i) => this.#write(prefix, i * perRevision, perRevision));
    this.#histories.set(prefix, from);
    return from;
  }

  /** Events as they happen: so many in each, one revision after the other. */
  async produce(prefix: string, events: number, perRevision: number): Promise<void> {
    for (let i = 0; i < events; i += perRevision) await this.#write(prefix, i, perRevision);
  }

  /** A transaction by itself: puts would be gathered, and share a revision. */
  async #write(prefix: string, first: number, count: number): Promise<void> {
    const { op } = this.#etcd;
    const key = (i: number): string => `${prefix}${(first + i) % SMALL_KEYS}`;
    const ops = Array.from({ length: count }, (_, i) => op.put(key(i), VALUE));
    await this.#etcd
      .txn()
      .then(...ops)
      .commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#etcd.close();
  }
}
