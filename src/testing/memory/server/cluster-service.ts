import type { MemberInput } from '../../../rpc/generated/types.js';
import { type ServerRpc, unary } from './call.js';
import type { Member } from './member.js';
import type { Membership } from './membership.js';

/** The service of a member about the members of its cluster. */
export function clusterService(member: Member, membership: Membership): readonly ServerRpc[] {
  const { series } = member.cluster;
  // Such answers do not tell a revision.
  const header = () => ({ ...member.header(), revision: 0n });
  const members = (): MemberInput[] => membership.members.map(describe);
  return [
    unary(
      '/etcdserverpb.Cluster/MemberAdd',
      'etcdserverpb.MemberAddRequest',
      'etcdserverpb.MemberAddResponse',
      async ({ peerUrls, isLearner }, call) => {
        member.requireAdmin(call);
        await member.readIndex();
        const added = membership.add(peerUrls, isLearner);
        return { header: header(), member: describe(added), members: members() };
      },
    ),
    unary(
      '/etcdserverpb.Cluster/MemberRemove',
      'etcdserverpb.MemberRemoveRequest',
      'etcdserverpb.MemberRemoveResponse',
      async ({ id }, call) => {
        member.requireAdmin(call);
        await member.readIndex();
        membership.remove(id);
        return { header: header(), members: members() };
      },
    ),
    unary(
      '/etcdserverpb.Cluster/MemberUpdate',
      'etcdserverpb.MemberUpdateRequest',
      'etcdserverpb.MemberUpdateResponse',
      async ({ id, peerUrls }, call) => {
        member.requireAdmin(call);
        await member.readIndex();
        membership.update(id, peerUrls);
        return { header: header(), members: members() };
      },
    ),
    unary(
      '/etcdserverpb.Cluster/MemberList',
      'etcdserverpb.MemberListRequest',
      'etcdserverpb.MemberListResponse',
      async ({ linearizable }, call) => {
        if (series.isAtLeast('3.6')) member.requireUser(call);
        if (linearizable) await member.readIndex();
        return { header: header(), members: members() };
      },
    ),
    unary(
      '/etcdserverpb.Cluster/MemberPromote',
      'etcdserverpb.MemberPromoteRequest',
      'etcdserverpb.MemberPromoteResponse',
      async ({ id }, call) => {
        member.requireAdmin(call);
        await member.readIndex();
        membership.promote(id);
        return { header: header(), members: members() };
      },
    ),
  ];
}

function describe({ identity }: Member): MemberInput {
  const { id, name, peerUrls, clientUrls, isLearner } = identity;
  return { id, name, peerUrls, clientUrls, isLearner };
}
