import { createHash } from 'node:crypto';
import type { AlarmMemberInput } from '../../../rpc/generated/types.js';
import { Refusal, refusals } from '../refusals.js';
import { hashStore } from '../store/hash.js';
import { snapshotOf } from '../store/snapshot.js';
import { type Call, type ServerRpc, serverStream, unary } from './call.js';
import type { Downgrades } from './downgrades.js';
import type { Member } from './member.js';
import type { Membership } from './membership.js';

const SERVICE = '/etcdserverpb.Maintenance';
const SNAPSHOT_PART_BYTES = 32 * 1_024;
/** The id of the leader in a status where there is none. */
const NO_LEADER = 0n;

/**
 * The Maintenance service of a simulated member: status, alarms, storage, snapshot, leader and downgrade.
 * Its answers, and the rights that a call needs, are those of etcd in the cluster's series.
 */
export function maintenanceService(
  member: Member,
  membership: Membership,
  downgrades: Downgrades,
): readonly ServerRpc[] {
  const { series } = member.cluster;
  const { replica } = member;
  return [
    status(member, downgrades),
    alarm(member),
    unary(
      `${SERVICE}/Defragment`,
      'etcdserverpb.DefragmentRequest',
      'etcdserverpb.DefragmentResponse',
      (_request, call) => {
        requireAdmin(member, call);
        replica.store.defragment();
        return {};
      },
    ),
    unary(
      `${SERVICE}/Hash`,
      'etcdserverpb.HashRequest',
      'etcdserverpb.HashResponse',
      (_request, call) => {
        requireAdmin(member, call);
        return { header: member.header(), hash: hashStore(replica.store, 0n).hash };
      },
    ),
    unary(
      `${SERVICE}/HashKV`,
      'etcdserverpb.HashKVRequest',
      'etcdserverpb.HashKVResponse',
      ({ revision }, call) => {
        requireAdmin(member, call);
        const { hash, hashRevision } = hashStore(replica.store, revision);
        const { compactRevision } = replica.store;
        return {
          header: member.header(),
          hash,
          compactRevision,
          ...(series.isAtLeast('3.6') ? { hashRevision } : {}),
        };
      },
    ),
    serverStream(
      `${SERVICE}/Snapshot`,
      'etcdserverpb.SnapshotRequest',
      'etcdserverpb.SnapshotResponse',
      async (_request, send, call) => {
        requireAdmin(member, call);
        const file = snapshotOf(replica.store);
        const version = series.isAtLeast('3.6') ? `${series.name}.0` : '';
        for (let sent = 0; sent < file.length; ) {
          const blob = file.subarray(sent, sent + SNAPSHOT_PART_BYTES);
          sent += blob.length;
          send({ remainingBytes: BigInt(file.length - sent), blob, version });
        }
        const blob = createHash('sha256').update(file).digest();
        send({ remainingBytes: 0n, blob, version });
      },
    ),
    unary(
      `${SERVICE}/MoveLeader`,
      'etcdserverpb.MoveLeaderRequest',
      'etcdserverpb.MoveLeaderResponse',
      ({ targetId }, call) => {
        if (series.isAtLeast('3.6')) member.requireAdmin(call);
        if (!member.isLeader) throw refusals.notLeader();
        const target = membership.members.find(({ identity }) => identity.id === targetId);
        if (target === undefined || target.isLearner || !target.reachable) {
          throw refusals.badLeaderTransferee();
        }
        if (target !== member) member.cluster.consensus.handOver(target);
        return {};
      },
    ),
    ...(series.isAtLeast('3.5') ? [downgrade(member, downgrades)] : []),
  ];
}

/**
 * Checks that a call is an administrator's. Up to 3.5 its refusal goes on the wire as Go's own error, without
 * etcd's code for it.
 */
function requireAdmin(member: Member, call: Call): void {
  try {
    member.requireAdmin(call);
  } catch (error) {
    if (member.cluster.series.isAtLeast('3.6') || !(error instanceof Refusal)) throw error;
    throw refusals.withoutCode(error);
  }
}

function status(member: Member, downgrades: Downgrades): ServerRpc {
  return unary(
    `${SERVICE}/Status`,
    'etcdserverpb.StatusRequest',
    'etcdserverpb.StatusResponse',
    (_request, call) => {
      const { consensus, series, settings } = member.cluster;
      if (series.isAtLeast('3.6')) member.requireUser(call);
      const { file, inUse } = member.replica.store.size;
      const leader = consensus.leaderOf(member);
      return {
        header: member.header(),
        version: series.release,
        dbSize: BigInt(file),
        dbSizeInUse: BigInt(inUse),
        leader: member.hasLeader ? leaderId(leader) : NO_LEADER,
        raftIndex: BigInt(consensus.committed),
        raftAppliedIndex: BigInt(consensus.appliedBy(member)),
        raftTerm: consensus.term,
        isLearner: member.isLearner,
        errors: [
          ...(member.hasLeader ? [] : ['etcdserver: no leader']),
          ...member.replica.alarms.map(
            ({ memberId, alarm }) => `memberID:${memberId} alarm:${alarm} `,
          ),
        ],
        ...(series.isAtLeast('3.6')
          ? {
              storageVersion: `${series.name}.0`,
              dbSizeQuota: BigInt(settings.quotaBytes),
              downgradeInfo: downgrades.info,
            }
          : {}),
      };
    },
  );
}

function leaderId(leader: unknown): bigint {
  return (leader as Member | undefined)?.identity.id ?? NO_LEADER;
}

function alarm(member: Member): ServerRpc {
  return unary(
    `${SERVICE}/Alarm`,
    'etcdserverpb.AlarmRequest',
    'etcdserverpb.AlarmResponse',
    async ({ action, memberId, alarm: kind }, call) => {
      const { series } = member.cluster;
      if (series.isAtLeast('3.6')) {
        if (action === 'GET') member.requireUser(call);
        else member.requireAdmin(call);
      }
      if (kind === 'UNRECOGNIZED') return {};
      const alarms = await member.propose((replica): AlarmMemberInput[] => {
        if (action === 'GET') {
          return replica.alarms.filter((raised) => kind === 'NONE' || raised.alarm === kind);
        }
        const named = { memberId, alarm: kind };
        if (action === 'ACTIVATE') {
          if (kind !== 'NONE') replica.raise(named);
          return kind === 'NONE' ? [] : [named];
        }
        return replica.disarm(named) ? [named] : [];
      });
      return { header: member.header(), alarms };
    },
  );
}

function downgrade(member: Member, downgrades: Downgrades): ServerRpc {
  return unary(
    `${SERVICE}/Downgrade`,
    'etcdserverpb.DowngradeRequest',
    'etcdserverpb.DowngradeResponse',
    async ({ action, version }, call) => {
      if (member.cluster.series.isAtLeast('3.6')) member.requireAdmin(call);
      await member.readIndex();
      if (action === 'CANCEL') downgrades.cancel();
      else downgrades.check(version, action === 'ENABLE');
      return { header: member.header(), version: downgrades.clusterVersion };
    },
  );
}
