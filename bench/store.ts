import type { EtcdClient } from '../src/index.js';
import { built } from './build.js';
import { atOnce } from './clients/etcd-kit.js';
import { PREFIX, SMALL_KEYS, VALUE } from './tasks/index.js';

/** Fills the server with what the legs read, once for all clients. */
export class Store {
  readonly #etcd: EtcdClient;
  #rangeKeys = 0;
  #history: { readonly from: string; readonly events: number } | undefined;

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

  /** Writes a history of events, each with a revision of its own; answers where it begins. */
  async fillHistory(events: number): Promise<string> {
    if (this.#history?.events === events) return this.#history.from;
    const { header } = await this.#etcd.put(`${PREFIX.watch}0`, VALUE);
    const callers = 64;
    let next = 1;
    const write = async (): Promise<void> => {
      // A transaction by itself: puts would be gathered, and share a revision.
      while (next < events) await this.#putAlone(`${PREFIX.watch}${next++ % SMALL_KEYS}`);
    };
    await Promise.all(Array.from({ length: callers }, write));
    this.#history = { from: String(header.revision), events };
    return this.#history.from;
  }

  /** Events as they happen: `perRevision` in each, one revision after the other. */
  async produce(events: number, perRevision: number): Promise<void> {
    for (let done = 0; done < events; done += perRevision) {
      const { op } = this.#etcd;
      const ops = Array.from({ length: perRevision }, (_, i) =>
        op.put(`${PREFIX.watch}${i}`, VALUE),
      );
      await this.#etcd
        .txn()
        .then(...ops)
        .commit();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#etcd.close();
  }

  async #putAlone(key: string): Promise<void> {
    await this.#etcd.txn().then(this.#etcd.op.put(key, VALUE)).commit();
  }
}
