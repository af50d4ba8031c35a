import { EtcdError } from '../errors/index.js';
import type {
  LeaseTimeToLiveResponse,
  PutRequestInput,
  RequestOpInput,
  TxnRequestInput,
} from '../rpc/generated/types.js';
import type { Method } from '../rpc/method.js';
import { kv, lease } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import { TransportLayer } from '../transport/transport-layer.js';
import type { LeaseRegistry } from './lease-registry.js';
import { isGone } from './time-to-live.js';

/**
 * A transport that listens for news about leases. An answer that says that a lease is gone ends its
 * handles before the caller gets the answer, and not only at their next renewal.
 */
export class LeaseNews extends TransportLayer {
  readonly #registry: LeaseRegistry;

  constructor(transport: Transport, registry: LeaseRegistry) {
    super(transport);
    this.#registry = registry;
  }

  override unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    const ids = leasesOf(method, request);
    if (!ids.some((id) => this.#registry.knows(id))) {
      return this.inner.unary(method, request, options);
    }
    return this.#listen(method, request, options, ids);
  }

  async #listen<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions | undefined,
    ids: readonly bigint[],
  ): Promise<Response> {
    const askedAt = this.#registry.now();
    try {
      const response = await this.inner.unary(method, request, options);
      if (saysGone(method, response)) this.#tell(ids, askedAt, method.name);
      return response;
    } catch (error) {
      if (error instanceof EtcdError && error.code === 'LEASE_NOT_FOUND') {
        if (ids.length === 1) this.#tell(ids, askedAt, method.name);
        else await this.#findOut(ids, options);
      }
      throw error;
    }
  }

  /** Asks after each lease of a transaction: its refusal does not say which of them is gone. */
  async #findOut(ids: readonly bigint[], call: TransportCallOptions | undefined): Promise<void> {
    const { signal, timeoutMs, metadata } = call ?? {};
    const options = { signal, timeoutMs, metadata };
    const known = ids.filter((id) => this.#registry.knows(id));
    await Promise.allSettled(
      known.map((id) => this.unary(lease.leaseTimeToLive, { id, keys: false }, options)),
    );
  }

  #tell(ids: readonly bigint[], askedAt: number, method: string): void {
    for (const id of ids) this.#registry.gone(id, askedAt, method);
  }
}

/** The leases that a request names, each once. */
function leasesOf<Request, Response>(
  { name }: Method<Request, Response>,
  request: Request,
): readonly bigint[] {
  switch (name) {
    case kv.put.name: {
      const { lease: id = 0n } = request as PutRequestInput;
      return id === 0n ? NONE : [id];
    }
    case kv.txn.name:
      return leasesOfTxn(request as TxnRequestInput);
    case lease.leaseTimeToLive.name:
    case lease.leaseRevoke.name: {
      const { id = 0n } = request as { readonly id?: bigint | undefined };
      return [id];
    }
    default:
      return NONE;
  }
}

const NONE: readonly bigint[] = [];

function leasesOfTxn(txn: TxnRequestInput): readonly bigint[] {
  const ids = new Set<bigint>();
  const collect = ({ success = [], failure = [] }: TxnRequestInput): void => {
    for (const op of success) collectOp(op);
    for (const op of failure) collectOp(op);
  };
  const collectOp = ({ requestPut, requestTxn }: RequestOpInput): void => {
    if (requestPut?.lease) ids.add(requestPut.lease);
    if (requestTxn !== undefined) collect(requestTxn);
  };
  collect(txn);
  return [...ids];
}

/** Answers that are no errors and yet say that the lease is gone. */
function saysGone<Request, Response>(
  { name }: Method<Request, Response>,
  response: Response,
): boolean {
  if (name === lease.leaseRevoke.name) return true;
  return name === lease.leaseTimeToLive.name && isGone(response as LeaseTimeToLiveResponse);
}
