import type {
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponseInput,
} from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import { keyBytes, pointBounds } from '../store/binary-key.js';
import {
  type Call,
  duplex,
  type Sender,
  type ServerRpc,
  type StreamHandler,
  unary,
} from './call.js';
import { Member } from './member.js';
import { checkQuota, LEASE_COST_BYTES, refuseWithoutSpace } from './quota.js';

/** The time to live of a lease that there is not. */
const UNKNOWN_TTL = -1n;

/** The lease service of a member. */
export function leaseService(member: Member): readonly ServerRpc[] {
  const { series, random } = member.cluster;
  /** From 3.6 on leases are asked for by users alone, where there are any. */
  const requireUser = (call: Call): void => {
    if (series.isAtLeast('3.6')) member.requireUser(call);
  };
  return [
    unary(
      '/etcdserverpb.Lease/LeaseGrant',
      'etcdserverpb.LeaseGrantRequest',
      'etcdserverpb.LeaseGrantResponse',
      async ({ id, ttl }, call) => {
        await checkQuota(member, LEASE_COST_BYTES);
        requireUser(call);
        const wanted = id === 0n ? random.id() : id;
        const lease = await member.propose((replica) => {
          refuseWithoutSpace(replica, LEASE_COST_BYTES);
          return replica.grantLease(wanted, ttl);
        });
        return { header: member.header(), id: lease.id, ttl: lease.ttlSeconds };
      },
    ),
    unary(
      '/etcdserverpb.Lease/LeaseRevoke',
      'etcdserverpb.LeaseRevokeRequest',
      'etcdserverpb.LeaseRevokeResponse',
      async ({ id }, call) => {
        requireUser(call);
        const info = member.authInfo(call);
        await member.propose((replica) => {
          replica.checkLeaseKeys(info, id);
          replica.revokeLease(id);
        });
        return { header: member.header() };
      },
    ),
    unary(
      '/etcdserverpb.Lease/LeaseTimeToLive',
      'etcdserverpb.LeaseTimeToLiveRequest',
      'etcdserverpb.LeaseTimeToLiveResponse',
      async ({ id, keys }, call) => {
        // 3.5 looks at who asks only where the keys are asked for.
        if (keys && series.isAtLeast('3.5')) member.requireUser(call);
        else requireUser(call);
        const leader = await leaderOf(member);
        const lease = leader.replica.lessor.get(id);
        if (lease === undefined) return { header: member.header(), id, ttl: UNKNOWN_TTL };
        if (keys && series.isAtLeast('3.5')) checkKeys(member, call, id);
        return {
          header: member.header(),
          id,
          ttl: BigInt(leader.leases.remainingSeconds(id)),
          grantedTtl: lease.ttlSeconds,
          keys: keys ? [...lease.keys].map(keyBytes) : [],
        };
      },
    ),
    unary(
      '/etcdserverpb.Lease/LeaseLeases',
      'etcdserverpb.LeaseLeasesRequest',
      'etcdserverpb.LeaseLeasesResponse',
      async (_request, call) => {
        requireUser(call);
        const leases = [...member.replica.lessor.all()];
        if (series.isAtLeast('3.6')) for (const { id } of leases) checkKeys(member, call, id);
        return { header: member.header(), leases: leases.map(({ id }) => ({ id })) };
      },
    ),
    duplex(
      '/etcdserverpb.Lease/LeaseKeepAlive',
      'etcdserverpb.LeaseKeepAliveRequest',
      'etcdserverpb.LeaseKeepAliveResponse',
      (sender, call) => new KeepAliveStream(member, sender, call),
    ),
  ];
}

/** @throws the refusal of a user that may not read every key of a lease */
function checkKeys(member: Member, call: Call, id: bigint): void {
  const { auth, lessor } = member.replica;
  const info = member.authInfo(call);
  for (const key of lessor.get(id)?.keys ?? []) auth.check(info, pointBounds(key), 'READ');
}

/** The leader, which alone knows when leases run out. Waits for one as a request does. */
async function leaderOf(member: Member): Promise<Member> {
  const leader = await member.cluster.consensus.reachLeader(member);
  if (leader instanceof Member) return leader;
  throw refusals.noLeader();
}

/** The server's side of a stream of renewals: they are answered one after the other. */
class KeepAliveStream implements StreamHandler<LeaseKeepAliveRequest> {
  readonly #member: Member;
  readonly #sender: Sender<LeaseKeepAliveResponseInput>;
  readonly #call: Call;
  #last: Promise<void> = Promise.resolve();

  constructor(member: Member, sender: Sender<LeaseKeepAliveResponseInput>, call: Call) {
    this.#member = member;
    this.#sender = sender;
    this.#call = call;
  }

  message({ id }: LeaseKeepAliveRequest): void {
    this.#next(async () => {
      // The header is that of the moment before: a revocation meanwhile is not in it.
      const header = this.#member.header();
      this.#sender.send({ header, id, ttl: await this.#renew(id) });
    });
  }

  halfClose(): void {
    this.#next(async () => this.#sender.end());
  }

  #next(act: () => Promise<void>): void {
    this.#last = this.#last.then(act);
    this.#last.catch((error: unknown) => this.#sender.end(error));
  }

  async #renew(id: bigint): Promise<bigint> {
    const { series } = this.#member.cluster;
    const leader = await leaderOf(this.#member);
    if (series.isAtLeast('3.6')) {
      const info = this.#member.requireUser(this.#call);
      this.#member.replica.checkLeaseKeys(info, id);
    }
    const lease = leader.replica.lessor.get(id);
    if (lease === undefined) return 0n;
    leader.leases.renew(id);
    return lease.ttlSeconds;
  }
}
