import { type Channel, status as Code, type Metadata } from '@grpc/grpc-js';
import { type EtcdError, fromGrpcStatus, TimeoutError, UnavailableError } from '../errors/index.js';
import type { StatusResponse } from '../rpc/generated/types.js';
import { maintenance } from '../rpc/services.js';
import { type RawStatus, unaryCall } from './raw-call.js';

/** What became of a Status call. */
export interface ProbeResult {
  /** The server gave a word of its own, be it a refusal: it lives. */
  readonly alive: boolean;
  /** What it told; `undefined` when it refused to. */
  readonly answer: StatusResponse | undefined;
  /** Why it is not alive, as the reason an endpoint is set aside. */
  readonly error: EtcdError;
}

/** A Status call under way. */
export interface Probe {
  /** Never rejects. */
  readonly result: Promise<ProbeResult>;
  /** Ends the call; the result is then that nothing came. */
  cancel(): void;
}

/** Codes that only a server gives: it is there, and does not want to tell. */
const REFUSALS: ReadonlySet<number> = new Set([
  Code.UNKNOWN,
  Code.INVALID_ARGUMENT,
  Code.PERMISSION_DENIED,
  Code.UNAUTHENTICATED,
  Code.UNIMPLEMENTED,
  Code.FAILED_PRECONDITION,
]);

/** Asks a server for its status: what every server answers, whatever its state, if it lives. */
export function probe(
  channel: Channel,
  endpoint: string,
  metadata: Metadata,
  timeoutMs: number,
): Probe {
  let finish: (result: ProbeResult) => void = () => {};
  const result = new Promise<ProbeResult>((resolve) => {
    finish = resolve;
  });
  const { path, encode } = maintenance.status;
  const done = (status: RawStatus, bytes: Uint8Array | undefined): void =>
    finish(read(endpoint, timeoutMs, status, bytes));
  const cancel = unaryCall(channel, path, metadata, Date.now() + timeoutMs, encode({}), done);
  return {
    result,
    cancel: () => {
      cancel();
      done({ code: Code.CANCELLED, details: '' }, undefined);
    },
  };
}

function read(
  endpoint: string,
  timeoutMs: number,
  status: RawStatus,
  bytes: Uint8Array | undefined,
): ProbeResult {
  const failure = fromGrpcStatus(status, {
    method: maintenance.status.name,
    endpoint,
    sent: false,
    write: false,
  });
  if (bytes !== undefined) {
    try {
      return { alive: true, answer: maintenance.status.decode(bytes), error: failure };
    } catch (cause) {
      const details = { endpoint, outcome: 'not-sent', cause } as const;
      const error = new UnavailableError('what answers there is not etcd', details);
      return { alive: false, answer: undefined, error };
    }
  }
  // Something that speaks HTTP, and is no etcd, answers with such codes too.
  const alive = REFUSALS.has(status.code) && !(failure instanceof UnavailableError);
  const error =
    failure instanceof TimeoutError
      ? new TimeoutError(`no answer within ${timeoutMs} ms`, { ...failure, cause: failure.cause })
      : failure;
  return { alive, answer: undefined, error };
}
