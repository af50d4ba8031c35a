import { EMPTY_BYTES } from '../../../internal/bytes.js';
import { keyBytes } from '../store/binary-key.js';
import { type ServerRpc, unary } from './call.js';
import type { Member } from './member.js';
import { QueueKeys, writtenTxn } from './queue-keys.js';

/** The server's own locks. */
export function lockService(member: Member): readonly ServerRpc[] {
  const queue = new QueueKeys(member);
  return [
    unary(
      '/v3lockpb.Lock/Lock',
      'v3lockpb.LockRequest',
      'v3lockpb.LockResponse',
      async ({ name, lease }, call) => {
        const held = await queue.lease(lease);
        const key = queue.key(name, held);
        const own = await queue.enter(key, EMPTY_BYTES, held, call);
        await queue.firstInLine(name, own, call);
        return { header: member.header(), key: keyBytes(key) };
      },
    ),
    unary(
      '/v3lockpb.Lock/Unlock',
      'v3lockpb.UnlockRequest',
      'v3lockpb.UnlockResponse',
      async ({ key }, call) => {
        await queue.txn(writtenTxn({ success: [{ requestDeleteRange: { key } }] }), call);
        return { header: member.header() };
      },
    ),
  ];
}
