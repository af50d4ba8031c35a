import { checkBoolean, checkPositiveInteger, invalidArgument, toBigInt } from '../errors/index.js';
import { printable, withJson } from '../internal/printable.js';
import { CALL_NAMES, readCallOptions } from '../model/call-options.js';
import { lease } from '../rpc/services.js';
import type { CallOptions } from '../transport/transport.js';
import type { LeaseContext } from './context.js';
import { grantLease } from './grant.js';
import { Lease } from './lease.js';
import { Tenure } from './tenure.js';

/** The options of `grant`. */
export interface GrantOptions extends CallOptions {
  /** An id of the caller's choice, above 0. Default: a random one. */
  readonly id?: bigint | number | undefined;
  /** Renews the lease from the start, as `keepAlive()` does. */
  readonly keepAlive?: boolean | undefined;
}

/** A lease that was granted here, whose time is known. */
export type GrantedLease = Lease & {
  /** The seconds that the server granted. */
  readonly ttlSeconds: number;
};

/** The leases of a client: `etcd.lease`. */
export class Leases {
  static {
    printable(Leases, 'Leases', (leases) => ({
      handles: leases.#context.keeper.registry.status.length,
    }));
  }

  readonly #context: LeaseContext;

  constructor(context: LeaseContext) {
    this.#context = context;
  }

  /**
   * Asks for a lease that lasts this many seconds, or longer if the server's least is more. It must be
   * renewed within that time: see `keepAlive`.
   *
   * After an error with the outcome `unknown`, and after an abort, the server may have the lease. Nothing
   * renews it then, so it ends by itself.
   *
   * @throws InvalidArgumentError when the time is no whole number of seconds above 0
   * @throws EtcdError `LEASE_TTL_TOO_LARGE` above 9,000,000,000 seconds; `LEASE_EXISTS` for an id that is taken
   * @throws LeaseLostError when the answer came so late that the lease cannot be counted on
   *
   * @example
   * await using lease = await etcd.lease.grant(10, { keepAlive: true });
   */
  async grant(ttlSeconds: number, options?: GrantOptions): Promise<GrantedLease> {
    const call = readCallOptions(options, { ...CALL_NAMES, id: true, keepAlive: true });
    checkPositiveInteger('ttlSeconds', ttlSeconds);
    checkBoolean('keepAlive', options?.keepAlive);
    const { transport, clock, keeper, report } = this.#context;
    const id = options?.id === undefined ? undefined : positiveId(options.id);
    const granted = await grantLease(transport, clock, { ttlSeconds, id }, call);
    const tenure = new Tenure(granted.id, clock, { answered: granted, report });
    tenure.granted();
    if (!tenure.alive) tenure.expired(undefined);
    if (tenure.loss !== undefined) throw tenure.loss;
    keeper.registry.add(tenure);
    const handle = new Lease(this.#context, tenure) as GrantedLease;
    return options?.keepAlive === true ? handle.keepAlive() : handle;
  }

  /**
   * A handle on a lease that exists already, granted by another process or another run of this one. No
   * call is made: how long the lease lasts, and whether there is one, is known from its first renewal on.
   *
   * @throws InvalidArgumentError for an id that no lease can have
   */
  attach(id: bigint | number): Lease {
    const { clock, report } = this.#context;
    const tenure = new Tenure(positiveId(id), clock, { report });
    this.#context.keeper.registry.add(tenure);
    return new Lease(this.#context, tenure);
  }

  /** The ids of all leases of the cluster, as the server that answers knows them. */
  async list(options?: CallOptions): Promise<bigint[]> {
    const call = { ...readCallOptions(options), operation: 'lease.list' };
    const { leases } = await this.#context.transport.unary(lease.leaseLeases, {}, call);
    return withJson(leases.map(({ id }) => id));
  }
}

function positiveId(id: bigint | number): bigint {
  const whole = toBigInt('id', id);
  if (whole <= 0n) throw invalidArgument('id', id, 'an id above 0');
  return whole;
}
