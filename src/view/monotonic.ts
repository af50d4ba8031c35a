import { TimeoutError } from '../errors/index.js';
import { Deadline } from '../internal/deadline.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import type { ClientContext } from '../model/client-context.js';
import type { RangeRequestInput, RequestOpInput, TxnRequestInput } from '../rpc/generated/types.js';
import type { Method } from '../rpc/method.js';
import { kv } from '../rpc/services.js';
import type { TransportCallOptions } from '../transport/transport.js';
import { TransportLayer } from '../transport/transport-layer.js';

/** The part of a client that monotonic reads need. */
export interface MonotonicContext extends ClientContext {
  /** Names of the endpoints of the client. */
  readonly endpoints?: (() => readonly string[]) | undefined;
}

/** A stale answer: it is never given to the caller. */
const STALE = new Error('older than an answer before it');

/**
 * A transport that gives no answer which is older than one it has given before. Only serializable reads
 * can be, when a member lags behind the one that answered before.
 *
 * Such a read is asked for again: of every endpoint at once, and of the cluster, linearizably. The first
 * answer that is new enough counts. So a majority is needed only where no reachable member is new enough.
 */
export class MonotonicTransport extends TransportLayer {
  readonly #context: MonotonicContext;
  /** Latest revision of an answer. */
  #latest = 0n;

  constructor(context: MonotonicContext) {
    super(context.transport);
    this.#context = context;
  }

  override async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    const { clock } = this.#context;
    const { timeoutMs = this.#context.timeoutMs } = options;
    const deadline = Deadline.in(clock, timeoutMs);
    // Of reads that are under way together none is after the other.
    const known = this.#latest;
    const answer = await super.unary(method, request, options);
    const revision = revisionOf(answer);
    if (revision >= known || !dependsOnNow(method, request, options)) {
      if (revision > this.#latest) this.#latest = revision;
      return answer;
    }
    const left = { ...options, timeoutMs: deadline.timeoutMs(() => tooLate(timeoutMs)) };
    const fresh = await this.#askAll(method, request, left, known);
    const freshRevision = revisionOf(fresh);
    if (freshRevision > this.#latest) this.#latest = freshRevision;
    return fresh;
  }

  /** Asks every endpoint, and the cluster linearizably; the first answer of at least this revision counts. */
  async #askAll<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
    revision: bigint,
  ): Promise<Response> {
    const { transport, endpoints } = this.#context;
    using enough = new LinkedSignal({ signals: [options.signal] });
    const { signal } = enough;
    const ask = async (wanted: Request, endpoint?: string): Promise<Response> => {
      const answer = await transport.unary(method, wanted, { ...options, signal, endpoint });
      if (revisionOf(answer) < revision) throw STALE;
      return answer;
    };
    const names = endpoints?.() ?? [];
    const others = names.length > 1 ? names.map((endpoint) => ask(request, endpoint)) : [];
    const sure = ask(linearizable(request));
    try {
      return await Promise.any([...others, sure]);
    } catch {
      return await sure;
    } finally {
      enough.abort(undefined);
    }
  }
}

/** Returns whether an answer tells of the present store: not a write, nor a read of a given revision. */
function dependsOnNow(
  method: Method<never, unknown>,
  request: unknown,
  { readOnly }: TransportCallOptions,
): boolean {
  if (method.name === kv.range.name) return ((request as RangeRequestInput).revision ?? 0n) === 0n;
  return method.name === kv.txn.name && readOnly === true;
}

function revisionOf(answer: unknown): bigint {
  return (answer as { readonly header?: { readonly revision?: bigint } }).header?.revision ?? 0n;
}

/** Makes a read linearizable, a transaction with all that is in it. */
function linearizable<Request>(request: Request): Request {
  const { success, failure } = request as TxnRequestInput;
  if (success === undefined && failure === undefined) return { ...request, serializable: false };
  return {
    ...request,
    success: success?.map(linearizableOp),
    failure: failure?.map(linearizableOp),
  };
}

function linearizableOp({ requestRange, requestTxn, ...op }: RequestOpInput): RequestOpInput {
  if (requestRange !== undefined) return { requestRange: linearizable(requestRange) };
  return requestTxn === undefined ? op : { requestTxn: linearizable(requestTxn) };
}

function tooLate(timeoutMs: number): TimeoutError {
  return new TimeoutError(
    `every answer within ${timeoutMs} ms was older than one that this view has given before`,
    { outcome: 'not-applied', retryable: true },
  );
}
