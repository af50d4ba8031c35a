import { GrpcCode } from '../../errors/index.js';
import type { RawStatus } from './channel.js';

// The ends of calls that a channel itself decides, whatever wire it is on.

/** A call that was cancelled by us. */
export const CANCELLED: RawStatus = {
  code: GrpcCode.CANCELLED,
  details: 'cancelled by the caller',
};

/** The server said that all went well, and sent nothing. */
export const NO_ANSWER: RawStatus = { code: GrpcCode.INTERNAL, details: 'No message received' };

/** The server said that all went well, and sent more than one answer. */
export const TOO_MANY_ANSWERS: RawStatus = {
  code: GrpcCode.INTERNAL,
  details: 'Too many responses received',
};
