import { EtcdError } from '../../errors/index.js';
import type { ResponseHeader } from '../../rpc/generated/types.js';

/** The header of an answer inside a transaction: there it carries the revision alone. */
export function wholeHeader(
  outer: ResponseHeader | undefined,
  inner: ResponseHeader | undefined,
): ResponseHeader | undefined {
  if (outer === undefined || inner === undefined || inner.revision === outer.revision) return outer;
  return {
    clusterId: outer.clusterId,
    memberId: outer.memberId,
    raftTerm: outer.raftTerm,
    revision: inner.revision,
  };
}

/** The server said less than it was asked. */
export function incomplete(method: string): EtcdError {
  return new EtcdError('the server did not answer every operation of a batch', {
    code: 'INTERNAL',
    method,
  });
}
