import { AsyncLocalStorage } from 'node:async_hooks';
import { checkFunction, hide, invalidArgument } from '../errors/index.js';
import { type Method, requestWhenReady } from '../rpc/method.js';
import { withPlainRecords } from '../rpc/wire/key-value.js';
import type { InterceptedCallOptions, Interceptor, TransportCalls } from './interceptors.js';
import type { Transport, TransportCallOptions } from './transport.js';

/** A call on its way through the interceptors: what they neither see nor change. */
interface PassingCall {
  readonly method: Method<never, unknown>;
  /** The transport that takes it behind the interceptors. */
  readonly transport: Transport;
  /** Options that layers of this client gave beside the public ones. */
  readonly internal: TransportCallOptions;
}

/**
 * The interceptors of a client, before each of its transports. The first of them sees a call first.
 *
 * Interceptors are asked once, so they are one chain for all transports. They see public options alone;
 * the rest travels beside them in the asynchronous context of the call.
 */
export class Interception {
  readonly #interceptors: readonly Interceptor[];
  /** Takes a call that an interceptor made outside the context of any. */
  readonly #fallback: Transport;
  readonly #passing = new AsyncLocalStorage<PassingCall>();
  readonly #chain: TransportCalls;

  constructor(interceptors: readonly Interceptor[] | undefined, fallback: Transport) {
    this.#interceptors = interceptors ?? [];
    this.#fallback = fallback;
    this.#chain = this.#interceptors.reduceRight<TransportCalls>(
      (next, interceptor) => layer(next, interceptor),
      this.#innermost,
    );
  }

  /** Returns the transport with the interceptors before it. */
  before(transport: Transport): Transport {
    if (this.#interceptors.length === 0) return transport;
    return new InterceptedTransport(transport, this.#chain, (method, options, pass) => {
      const { seen, internal } = separate(options);
      return this.#passing.run({ method, transport, internal }, () => pass(seen));
    });
  }

  /** Hands calls that have passed all interceptors to their transport. */
  get #innermost(): TransportCalls {
    return {
      unary: async (method, request, options) => {
        const { transport, internal } = this.#callOf(method);
        return withPlainRecords(
          await transport.unary(method, request, { ...internal, ...options }),
        );
      },
      serverStream: (method, request, options) => {
        const { transport, internal } = this.#callOf(method);
        const decode = method.decodePlain ?? method.decode;
        return transport.serverStream({ ...method, decode }, request, { ...internal, ...options });
      },
      duplex: (method, handlers, options) => {
        const { transport, internal } = this.#callOf(method);
        return transport.duplex(method, handlers, { ...internal, ...options });
      },
    };
  }

  /** Returns the call that is passing; an interceptor may also make one of its own. */
  #callOf(method: Method<never, unknown>): Omit<PassingCall, 'method'> {
    const call = this.#passing.getStore();
    if (call?.method === method) return call;
    return { transport: call?.transport ?? this.#fallback, internal: {} };
  }
}

const KINDS = ['unary', 'serverStream', 'duplex'] as const;

/** One interceptor before the next; kinds of calls that it does not give pass it by. */
function layer(next: TransportCalls, interceptor: Interceptor): TransportCalls {
  const own = interceptor(next);
  if (typeof own !== 'object' || own === null) {
    const allowed = `an object with ${KINDS.join(', ')}, or some of them`;
    throw invalidArgument('what an interceptor returns', hide(own), allowed);
  }
  for (const kind of KINDS) checkFunction(`interceptor.${kind}`, own[kind]);
  return {
    unary: (own.unary ?? next.unary).bind(own.unary === undefined ? next : own),
    serverStream: (own.serverStream ?? next.serverStream).bind(
      own.serverStream === undefined ? next : own,
    ),
    duplex: (own.duplex ?? next.duplex).bind(own.duplex === undefined ? next : own),
  };
}

/** Makes a call with the part of its options that interceptors see. */
type Pass = <Result>(
  method: Method<never, unknown>,
  options: TransportCallOptions | undefined,
  pass: (seen: InterceptedCallOptions) => Result,
) => Result;

/** A transport behind interceptors. What is not a call goes to the transport itself. */
class InterceptedTransport implements Transport {
  readonly unary: Transport['unary'];
  readonly serverStream: Transport['serverStream'];
  readonly duplex: Transport['duplex'];
  readonly #transport: Transport;

  constructor(transport: Transport, chain: TransportCalls, pass: Pass) {
    this.#transport = transport;
    this.unary = async (method, request, options) => {
      // An interceptor may encode the request.
      const preparing = method.prepare?.();
      if (preparing === undefined) {
        return await pass(method, options, (seen) => chain.unary(method, request, seen));
      }
      const copy = await requestWhenReady(method, request, preparing);
      return await pass(method, options, (seen) => chain.unary(method, copy, seen));
    };
    this.serverStream = (method, request, options) =>
      pass(method, options, (seen) => chain.serverStream(method, request, seen));
    this.duplex = async (method, handlers, options) =>
      await pass(method, options, (seen) => chain.duplex(method, handlers, seen));
  }

  get canRangeStream(): boolean {
    return this.#transport.canRangeStream;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

/** The public options; the compiler sees to it that none is forgotten. */
const SEEN: Record<keyof InterceptedCallOptions, true> = {
  signal: true,
  timeoutMs: true,
  metadata: true,
  endpoint: true,
  idempotent: true,
  requireLeader: true,
};

/** Separates the options that interceptors see from those between the layers of this client. */
function separate(options: TransportCallOptions = {}): {
  readonly seen: InterceptedCallOptions;
  readonly internal: TransportCallOptions;
} {
  const seen: Record<string, unknown> = {};
  const internal: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) (Object.hasOwn(SEEN, name) ? seen : internal)[name] = value;
  }
  return { seen, internal };
}
