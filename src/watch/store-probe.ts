import { type ErrorCode, EtcdError, withDetails } from '../errors/index.js';
import type { RangeRequestInput } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import type { Subscription } from './subscription.js';

/** Answers to a read in the past that say nothing of a compaction. */
const NOT_COMPACTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FUTURE_REVISION',
  'PERMISSION_DENIED',
]);

/** The reads by which a watch that is in doubt makes sure. They read one key of the watch, without its value. */
export class StoreProbe {
  readonly #transport: Transport;
  #reading: Promise<bigint> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Returns whether something that the watch has yet to see may have been compacted on this member: the revision
   * before the next is gone. A member that cannot be asked counts as one that has it all; its stream
   * will break, too.
   */
  async isCompacted(subscription: Subscription, endpoint: string): Promise<boolean> {
    const revision = subscription.point.next - 1n;
    try {
      await this.#read(subscription, { revision, serializable: true }, { endpoint });
      return false;
    } catch (error) {
      return error instanceof EtcdError && error.code === 'COMPACTED';
    }
  }

  /**
   * Reads whether this client may read what the subscription watches. A refused read names the user and
   * the keys, which the refusal of a watch does not.
   *
   * @returns the refusal; `undefined` when nothing is refused
   */
  async denial(subscription: Subscription): Promise<EtcdError | undefined> {
    try {
      await this.#read(subscription);
      return undefined;
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'PERMISSION_DENIED') return undefined;
      return withDetails(error, { method: 'Watch.Watch' });
    }
  }

  /** The revision the cluster is at, by a linearizable read; concurrent callers share it. */
  currentRevision(subscription: Subscription): Promise<bigint> {
    this.#reading ??= this.#read(subscription).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Reads whether the store is really behind a revision that was seen of it.
   *
   * @returns the error to fail with, the error that kept it from being known, or `undefined`: it is not
   */
  async confirmBehind(seen: bigint, subscription: Subscription): Promise<EtcdError | undefined> {
    try {
      // Not a shared read: one that began earlier may rightly be behind what was seen since.
      const revision = await this.#read(subscription);
      return revision < seen ? storeWentBack(revision, seen) : undefined;
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      return NOT_COMPACTED.has(error.code) ? undefined : error;
    }
  }

  async #read(
    { target: { range } }: Subscription,
    request: RangeRequestInput = {},
    call: TransportCallOptions = {},
  ): Promise<bigint> {
    const { header } = await this.#transport.unary(
      kv.range,
      { key: range.key, rangeEnd: range.rangeEnd, limit: 1n, keysOnly: true, ...request },
      { ...call, operation: 'watch' },
    );
    return header?.revision ?? 0n;
  }
}

function storeWentBack(revision: bigint, seen: bigint): EtcdError {
  return new EtcdError(
    `the store is at revision ${revision}, and was seen at ${seen}: it was restored from an older backup`,
    { code: 'STORE_WENT_BACK', method: 'Watch.Watch', outcome: 'not-applied' },
  );
}
