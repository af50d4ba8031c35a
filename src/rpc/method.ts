import { quiet } from '../internal/deferred.js';

/** The kind of a call: one answer, a stream of answers, or a stream both ways. */
export type MethodKind = 'unary' | 'serverStream' | 'duplex';

/**
 * The rule for repeating a call after a failure.
 *
 * - `read`: repeating it changes nothing, so it is repeated whatever became of the attempt.
 * - `write`: repeated only when it is proven that no attempt was applied.
 * - `pinned-read`: a read about one member; repeated on that member alone.
 * - `pinned-write`: a write about one member; never sent to another.
 */
export type RetryRule = 'read' | 'write' | 'pinned-read' | 'pinned-write';

/** One RPC: its place on the wire, what may be repeated, and how its messages are written and read. */
export interface Method<Request, Response> {
  /** The service and the method as etcd names them, for example `KV.Put`. */
  readonly name: string;
  /** The HTTP/2 path, for example `/etcdserverpb.KV/Put`. */
  readonly path: string;
  /** The number of messages in each direction. */
  readonly kind: MethodKind;
  /** The rule for repeating the call after a failure. */
  readonly retry: RetryRule;
  /** The server may take as long as it likes, so a default deadline would be wrong. */
  readonly waits?: true;
  /**
   * Loads what `encode` and `decode` need; `undefined` when nothing is to be waited for. Client and stubs
   * call it by themselves, and `services` of `etcd-kit/rpc` needs no preparation.
   */
  prepare?(): Promise<void> | undefined;
  /** Copies a request for a call that waits for `prepare`: the caller may change the given one meanwhile. */
  copy?<Copied>(request: Copied): Copied;
  /** Writes a request. Throws `InvalidArgumentError` for a wrong field. */
  encode(request: Request): Uint8Array;
  /** Reads an answer. Throws an `Error` when the bytes are no such message. */
  decode(bytes: Uint8Array): Response;
  /** Reads an answer for a user, as plain objects. Default: `decode`, which makes such. */
  decodePlain?(bytes: Uint8Array): Response;
}

/**
 * Copies a request at once, and resolves with the copy when `prepare` has loaded what its method needs. A request
 * that cannot be copied is told first.
 */
export async function requestWhenReady<Request, Response>(
  method: Method<Request, Response>,
  request: Request,
  preparing: Promise<void>,
): Promise<Request> {
  void quiet(preparing);
  const copy = method.copy?.(request) ?? request;
  await preparing;
  return copy;
}
