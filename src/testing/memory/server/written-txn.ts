import type { TxnRequest, TxnRequestInput } from '../../../rpc/generated/types.js';
import { readMessage, writeMessage } from '../codec/message-codec.js';

/** A transaction of the server's own as it would arrive over the wire: with all defaults in place. */
export function writtenTxn(request: TxnRequestInput): TxnRequest {
  return readMessage('etcdserverpb.TxnRequest', writeMessage('etcdserverpb.TxnRequest', request));
}
