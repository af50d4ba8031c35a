import { equalBytes } from '../../../internal/bytes.js';
import type { CompareInput, KeyValue, LeaderKey } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import { binaryKey } from '../store/binary-key.js';
import { type Call, type ServerRpc, serverStream, unary } from './call.js';
import type { Member } from './member.js';
import { QueueKeys, writtenTxn } from './queue-keys.js';

/** The server's own elections. */
export function electionService(member: Member): readonly ServerRpc[] {
  const queue = new QueueKeys(member);
  return [
    unary(
      '/v3electionpb.Election/Campaign',
      'v3electionpb.CampaignRequest',
      'v3electionpb.CampaignResponse',
      async ({ name, lease, value }, call) => {
        const held = await queue.lease(lease);
        const own = await queue.enter(queue.key(name, held), value, held, call);
        const leader = { name, key: own.key, rev: own.createRevision, lease: held };
        if (!equalBytes(own.value, value)) await proclaim(queue, leader, value, call);
        await queue.firstInLine(name, own, call);
        return { header: member.header(), leader };
      },
    ),
    unary(
      '/v3electionpb.Election/Proclaim',
      'v3electionpb.ProclaimRequest',
      'v3electionpb.ProclaimResponse',
      async ({ leader, value }, call) => {
        if (leader === undefined) throw refusals.leaderFieldRequired();
        await proclaim(queue, leader, value, call);
        return { header: member.header() };
      },
    ),
    unary(
      '/v3electionpb.Election/Leader',
      'v3electionpb.LeaderRequest',
      'v3electionpb.LeaderResponse',
      async ({ name }) => {
        await member.readIndex();
        const kv = queue.first(name);
        if (kv === undefined) throw refusals.electionNoLeader();
        return { header: member.header(), kv };
      },
    ),
    serverStream(
      '/v3electionpb.Election/Observe',
      'v3electionpb.LeaderRequest',
      'v3electionpb.LeaderResponse',
      async ({ name }, send, call) => {
        let told: KeyValue | undefined;
        for (;;) {
          const kv = queue.first(name);
          if (kv !== undefined && isNews(kv, told)) {
            told = kv;
            send({ header: member.header(), kv });
          }
          await queue.changed(name, call);
        }
      },
    ),
    unary(
      '/v3electionpb.Election/Resign',
      'v3electionpb.ResignRequest',
      'v3electionpb.ResignResponse',
      async ({ leader }, call) => {
        if (leader === undefined) throw refusals.leaderFieldRequired();
        const success = [{ requestDeleteRange: { key: leader.key } }];
        await queue.txn(writtenTxn({ compare: [isStillLeader(leader)], success }), call);
        return { header: member.header() };
      },
    ),
  ];
}

/** Replaces the value of a leader. @throws the refusal when the key is another's, or gone */
async function proclaim(
  queue: QueueKeys,
  leader: LeaderKey,
  value: Uint8Array,
  call: Call,
): Promise<void> {
  const { key, lease } = leader;
  const success = [{ requestPut: { key, value, lease } }];
  const done = await queue.txn(writtenTxn({ compare: [isStillLeader(leader)], success }), call);
  if (!done) throw refusals.electionNotLeader();
}

function isStillLeader({ key, rev }: LeaderKey): CompareInput {
  return { target: 'CREATE', result: 'EQUAL', key, createRevision: rev };
}

function isNews(kv: KeyValue, told: KeyValue | undefined): boolean {
  return (
    told === undefined ||
    kv.modRevision !== told.modRevision ||
    binaryKey(kv.key) !== binaryKey(told.key)
  );
}
