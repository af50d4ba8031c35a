import type { ErrorCode, Outcome } from './codes.js';

/** The meaning of a status that a server, a proxy or gRPC itself gave. */
export interface Verdict {
  readonly code: ErrorCode;
  /** The fate of the request, given that it was sent. */
  readonly outcome: Outcome;
  /** True if the same request may succeed later, since the condition may pass by itself. */
  readonly passing: boolean;
  /** The way out, where the text alone does not show it. */
  readonly hint?: string;
}

/** Makes a verdict. */
export function verdict(
  code: ErrorCode,
  outcome: Outcome,
  passing: boolean,
  hint?: string,
): Verdict {
  return hint === undefined ? { code, outcome, passing } : { code, outcome, passing, hint };
}

/** The verdict on a request that the server checked and refused. It will refuse it again. */
export function refused(code: ErrorCode, hint?: string): Verdict {
  return verdict(code, 'not-applied', false, hint);
}

/** The verdict on a request that the server did not accept. Another member may, or the same one later. */
export function refusedForNow(code: ErrorCode, hint?: string): Verdict {
  return verdict(code, 'not-applied', true, hint);
}

/** The verdict on a request that may be applied, now or later. Another attempt may succeed. */
export function interrupted(code: ErrorCode, hint?: string): Verdict {
  return verdict(code, 'unknown', true, hint);
}
