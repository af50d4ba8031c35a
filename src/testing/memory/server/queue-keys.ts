import type { KeyValue, TxnRequest, TxnRequestInput } from '../../../rpc/generated/types.js';
import { readMessage, writeMessage } from '../codec/message-codec.js';
import { refusals } from '../refusals.js';
import { checkTxnAccess } from '../state/access.js';
import { executeTxn } from '../state/txn.js';
import {
  type BinaryKey,
  binaryKey,
  isWithin,
  type KeyBounds,
  keyBytes,
  pointBounds,
} from '../store/binary-key.js';
import type { Call } from './call.js';
import type { Member } from './member.js';

/** Seconds of the lease that the server grants where a request names none. */
const DEFAULT_TTL_SECONDS = 60n;

/** Puts a key under a prefix and waits until no older key is there, as etcd's locks and elections do. */
export class QueueKeys {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  /** The lease of a request, or a new one. */
  async lease(id: bigint): Promise<bigint> {
    if (id !== 0n) return id;
    const { random } = this.#member.cluster;
    const wanted = random.id();
    await this.#member.propose((replica) => replica.grantLease(wanted, DEFAULT_TTL_SECONDS));
    return wanted;
  }

  /** The key of a lease under a name. */
  key(name: Uint8Array, lease: bigint): BinaryKey {
    return `${binaryKey(name)}/${lease.toString(16)}`;
  }

  /** Puts the key, unless it is there; answers it as it is then. */
  async enter(key: BinaryKey, value: Uint8Array, lease: bigint, call: Call): Promise<KeyValue> {
    await this.txn(
      writtenTxn({
        compare: [{ target: 'CREATE', result: 'EQUAL', key: keyBytes(key), createRevision: 0n }],
        success: [{ requestPut: { key: keyBytes(key), value, lease } }],
        failure: [{ requestRange: { key: keyBytes(key) } }],
      }),
      call,
    );
    return this.#current(key);
  }

  /** Resolves when no key under the name is older than this one, and this one is still there. */
  async firstInLine(name: Uint8Array, own: KeyValue, call: Call): Promise<void> {
    const bounds = boundsUnder(name);
    for (;;) {
      const older = this.#member.replica.store
        .range(bounds, 0n)
        .filter(({ createRevision }) => createRevision < own.createRevision)
        .sort((a, b) => Number(b.createRevision - a.createRevision));
      const [predecessor] = older;
      if (predecessor === undefined) break;
      await this.#deleted(binaryKey(predecessor.key), call);
    }
    const current = this.#find(binaryKey(own.key));
    if (current?.createRevision !== own.createRevision) throw refusals.sessionExpired();
  }

  /** The oldest key under a name. */
  first(name: Uint8Array): KeyValue | undefined {
    const [first] = this.#member.replica.store
      .range(boundsUnder(name), 0n)
      .sort((a, b) => Number(a.createRevision - b.createRevision));
    return first;
  }

  /** Carries out a transaction for the caller; answers whether its comparisons held. */
  async txn(request: TxnRequest, call: Call): Promise<boolean> {
    const info = this.#member.authInfo(call);
    const { succeeded } = await this.#member.propose((replica) => {
      checkTxnAccess(replica, info, request);
      return executeTxn(replica.store, request, replica);
    });
    return succeeded === true;
  }

  /** Resolves at the next change under a name; rejects when the caller has gone. */
  changed(name: Uint8Array, call: Call): Promise<void> {
    return this.#next(call, (key) => isWithin(key, boundsUnder(name)));
  }

  #deleted(wanted: BinaryKey, call: Call): Promise<void> {
    return this.#next(call, (key, isDeletion) => isDeletion && key === wanted);
  }

  #next(call: Call, matches: (key: BinaryKey, isDeletion: boolean) => boolean): Promise<void> {
    const { watches } = this.#member;
    return new Promise((resolve, reject) => {
      const listener = {
        committed: ({ events }: Parameters<typeof watches.committed>[0]) => {
          const found = events.some(({ kv, type }) =>
            matches(binaryKey(kv.key), type === 'DELETE'),
          );
          if (!found) return;
          watches.remove(listener);
          resolve();
        },
      };
      watches.add(listener);
      call.whenOver(() => {
        watches.remove(listener);
        reject(refusals.requestCanceled());
      });
    });
  }

  #current(key: BinaryKey): KeyValue {
    const found = this.#find(key);
    if (found === undefined) throw refusals.sessionExpired();
    return found;
  }

  #find(key: BinaryKey): KeyValue | undefined {
    const [found] = this.#member.replica.store.range(pointBounds(key), 0n);
    return found;
  }
}

/** The keys under a name: those that begin with the name and a slash. */
function boundsUnder(name: Uint8Array): KeyBounds {
  const prefix = binaryKey(name);
  return { from: `${prefix}/`, to: `${prefix}0`, single: false };
}

/** A transaction of the server's own as it would arrive over the wire: with all defaults in place. */
export function writtenTxn(request: TxnRequestInput): TxnRequest {
  return readMessage('etcdserverpb.TxnRequest', writeMessage('etcdserverpb.TxnRequest', request));
}
