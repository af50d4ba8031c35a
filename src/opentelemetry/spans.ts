import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import type { CallDiagnostics, LockDiagnostics, WatchDiagnostics } from '../diagnostics/index.js';
import { systemClock } from '../internal/clock.js';
import {
  errorAttributes,
  failureAttributes,
  kindOf,
  SYSTEM,
  serverAttributes,
} from './attributes.js';

/** A claim that waits or is held: its span, and the context that it was made in. */
interface ClaimSpan {
  readonly span: Span;
  readonly parent: Context;
}

/** Makes spans of requests, locks and watches. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #calls = new WeakMap<CallDiagnostics, Span>();
  readonly #claims = new Map<number, ClaimSpan>();
  /** The latest span of each watcher, which its next one is linked with. */
  readonly #watches = new Map<number, SpanContext>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** A request begins, in the context of its caller. */
  callStarted(call: CallDiagnostics): void {
    const { attributes } = kindOf(call);
    const span = this.#tracer.startSpan(call.operation, { kind: SpanKind.CLIENT, attributes });
    // Of one that the sampler leaves out, nothing is wanted at the end.
    if (span.isRecording()) this.#calls.set(call, span);
  }

  callEnded(call: CallDiagnostics): void {
    const span = this.#calls.get(call);
    if (span === undefined) return;
    this.#calls.delete(call);
    span.setAttributes(serverAttributes(call.endpoint));
    span.setAttribute('etcd_kit.attempts', call.attempts);
    span.setAttribute('etcd_kit.batch_size', call.batchSize);
    if (call.outcome === undefined) {
      span.setAttribute('rpc.status_code', 'OK');
    } else {
      fail(span, call.error, failureAttributes(call));
    }
    span.end();
  }

  /** A claim waits, is held, or is over: one span for the wait, and one for the hold. */
  onLock(message: LockDiagnostics): void {
    const { kind, claim, type, error } = message;
    if (kind === 'waiting') {
      this.#beginClaim(message, `${type} wait`, context.active(), []);
      return;
    }
    const begun = this.#claims.get(claim);
    this.#claims.delete(claim);
    if (begun === undefined) return;
    if (error !== undefined) fail(begun.span, error);
    begun.span.end();
    if (kind !== 'held') return;
    this.#beginClaim(message, `${type} hold`, begun.parent, [begun.span.spanContext()]);
  }

  /** A watch was opened or resumed, which took a while; or it failed. A later span is linked with the one before. */
  onWatch({ kind, watch, key, revision, endpoint, tookMs, error }: WatchDiagnostics): void {
    if (kind === 'ended' && error === undefined) this.#watches.delete(watch);
    if (!hasSpan(kind, error)) return;
    const before = this.#watches.get(watch);
    const span = this.#tracer.startSpan(SPAN_NAMES[kind], {
      kind: SpanKind.CLIENT,
      // The stream's context is that of another watch, or of nobody.
      root: true,
      startTime: systemClock.wallNow() - (tookMs ?? 0),
      links: before === undefined ? [] : [{ context: before }],
      attributes: {
        ...SYSTEM,
        'db.operation.name': 'watch',
        ...serverAttributes(endpoint),
        'etcd_kit.watch.key': key,
        ...(revision !== undefined && { 'etcd_kit.watch.revision': revision.toString() }),
      },
    });
    if (kind === 'ended') {
      this.#watches.delete(watch);
      fail(span, error);
    } else {
      this.#watches.set(watch, span.spanContext());
    }
    span.end();
  }

  #beginClaim(
    { claim, type, name, fencingToken }: LockDiagnostics,
    spanName: string,
    parent: Context,
    before: readonly SpanContext[],
  ): void {
    const attributes: Attributes = {
      ...SYSTEM,
      'etcd_kit.lock.type': type,
      'etcd_kit.lock.name': name,
      ...(fencingToken !== undefined && { 'etcd_kit.lock.fencing_token': fencingToken.toString() }),
    };
    const links = before.map((linked) => ({ context: linked }));
    const options = { kind: SpanKind.INTERNAL, attributes, links };
    this.#claims.set(claim, { span: this.#tracer.startSpan(spanName, options, parent), parent });
  }
}

/** Names of the spans of a watch. */
const SPAN_NAMES = { opened: 'watch open', resumed: 'watch resume', ended: 'watch end' } as const;

function hasSpan(
  kind: WatchDiagnostics['kind'],
  error: WatchDiagnostics['error'],
): kind is keyof typeof SPAN_NAMES {
  return kind === 'opened' || kind === 'resumed' || (kind === 'ended' && error !== undefined);
}

function fail(span: Span, error: unknown, attributes = errorAttributes(error)): void {
  span.setAttributes(attributes);
  const message = error instanceof Error ? error.message : undefined;
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}
