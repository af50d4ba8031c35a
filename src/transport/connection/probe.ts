import {
  GrpcCode as Code,
  type EtcdError,
  fromGrpcStatus,
  TimeoutError,
  UnavailableError,
} from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { setPatience } from '../../internal/patience.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import { maintenance } from '../../rpc/services.js';
import type { Channel, RawStatus } from '../channel/channel.js';
import type { CallMetadata } from '../transport.js';

/** The result of a Status call. */
export interface ProbeResult {
  /** The server answered by itself, if only with a refusal: it lives. */
  readonly alive: boolean;
  /** The answer; `undefined` when the server refused to tell. */
  readonly answer: StatusResponse | undefined;
  /** The reason why the server is not alive, as the reason an endpoint backs off. */
  readonly error: EtcdError;
}

/** A Status call under way. */
export interface Probe {
  /** Never rejects. */
  readonly result: Promise<ProbeResult>;
  /** Ends the call; the result is then that nothing came. */
  cancel(): void;
}

/** The context of a Status call. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly channel: Channel;
  /** The endpoint's name, for errors. */
  readonly endpoint: string;
  readonly metadata: CallMetadata;
  /** Milliseconds of silence after which the server is taken for dead. */
  readonly patienceMs: number;
  /** A number that changes with everything that the server says to other calls: a sign of life. */
  heard(): number;
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

/**
 * Asks a server for its status: what every server answers, whatever its state, if it lives.
 *
 * The call has no deadline of gRPC: its timer would blame the server for a process that was too busy to
 * read the answer.
 */
export function probe(context: ProbeContext): Probe {
  const { clock, channel, endpoint, metadata, patienceMs } = context;
  const { path, encode } = maintenance.status;
  let finish: (result: ProbeResult) => void = () => {};
  const result = new Promise<ProbeResult>((resolve) => {
    finish = resolve;
  });
  let patience: TimerHandle | undefined;
  const cancelCall = channel.unary(path, metadata, Infinity, encode({}), (status, bytes) => {
    patience?.cancel();
    finish(read(endpoint, status, bytes));
  });
  const cancel = (error: EtcdError): void => {
    patience?.cancel();
    cancelCall();
    finish({ alive: false, answer: undefined, error });
  };
  const wait = (): void => {
    const before = context.heard();
    patience = setPatience(
      clock,
      () => (context.heard() === before ? cancel(silent(endpoint, patienceMs)) : wait()),
      patienceMs,
    );
  };
  wait();
  return { result, cancel: () => cancel(cancelled(endpoint)) };
}

function silent(endpoint: string, patienceMs: number): EtcdError {
  return new TimeoutError(`no answer within ${Math.round(patienceMs)} ms`, {
    method: maintenance.status.name,
    endpoint,
    outcome: 'not-sent',
    retryable: true,
  });
}

function cancelled(endpoint: string): EtcdError {
  return failure(endpoint, { code: Code.CANCELLED, details: '' });
}

function failure(endpoint: string, status: RawStatus): EtcdError {
  const { name: method } = maintenance.status;
  return fromGrpcStatus(status, { method, endpoint, sent: false, write: false });
}

function read(endpoint: string, status: RawStatus, bytes: Uint8Array | undefined): ProbeResult {
  const error = failure(endpoint, status);
  if (bytes !== undefined) {
    try {
      return { alive: true, answer: maintenance.status.decode(bytes), error };
    } catch (cause) {
      const details = { endpoint, outcome: 'not-sent', cause } as const;
      const notEtcd = new UnavailableError('what answers there is not etcd', details);
      return { alive: false, answer: undefined, error: notEtcd };
    }
  }
  // Something that speaks HTTP, and is no etcd, answers with such codes too.
  const alive = REFUSALS.has(status.code) && !(error instanceof UnavailableError);
  return { alive, answer: undefined, error };
}
