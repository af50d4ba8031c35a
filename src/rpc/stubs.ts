import {
  checkCallOptions,
  checkKnownOptions,
  invalidArgument,
  type OptionNames,
  showAddress,
} from '../errors/index.js';
import { showAs, withJson } from '../internal/printable.js';
import { DuplexStub } from './duplex-stub.js';
import type { Rpc } from './generated/stubs.js';
import type { Method } from './method.js';
import type { RpcCaller, RpcCallOptions } from './rpc-caller.js';
import { services } from './services.js';
import { StreamStub } from './stream-stub.js';

type AnyMethod = Method<unknown, unknown>;

/** Checks of whole requests, by the name of the method: each throws for a request that must not be sent. */
export type RequestChecks = Readonly<Record<string, (request: never) => void>>;

/**
 * Makes typed stubs of all 49 RPCs over a connection to a cluster. Their messages are those of etcd, with
 * nothing added. 64-bit integers are bigints, and bytes are `Uint8Array`.
 *
 * A unary call starts at once and answers with a promise; a stream of answers is iterated; a duplex
 * call is opened at once. A field of the wrong type is an `InvalidArgumentError`; unknown fields are
 * ignored.
 *
 * @param checks refuse requests that servers take and should not
 *
 * @example
 * const { kvs } = await rpc.kv.range({ key: new Uint8Array([97]) });
 */
export function createRpc(caller: RpcCaller, checks: RequestChecks = {}): Rpc {
  const groups = Object.entries(services).map(([service, methods]) => {
    const stubs = Object.entries<object>(methods).map(([name, method]) => [
      name,
      createStub(caller, checkedMethod(method as AnyMethod, checks)),
    ]);
    const shown = { methods: Object.keys(methods) };
    return [service, showAs(Object.fromEntries(stubs), `Rpc.${service}`, shown)];
  });
  // The types and the table come from the same protocol; a test holds them together, RPC by RPC.
  return showAs(Object.fromEntries(groups), 'Rpc', { services: Object.keys(services) }) as Rpc;
}

/** The method with its check: after the encoding, which proves that the request has the right types. */
function checkedMethod(method: AnyMethod, checks: RequestChecks): AnyMethod {
  const check = checks[method.name];
  if (check === undefined) return method;
  return {
    ...method,
    encode(request) {
      const bytes = method.encode(request);
      check(request as never);
      return bytes;
    },
  };
}

function createStub(caller: RpcCaller, described: AnyMethod): (...args: never[]) => unknown {
  const decode = described.decodePlain ?? described.decode;
  const method = {
    ...described,
    decode: (bytes: Uint8Array) => withJson(decode.call(described, bytes) as object),
  };
  switch (method.kind) {
    case 'unary':
      return async (request: unknown = {}, options?: RpcCallOptions) =>
        await caller.unary(method, request, checked(options));
    case 'serverStream':
      return (request: unknown = {}, options?: RpcCallOptions) =>
        new StreamStub(caller.serverStream(method, request, checked(options)));
    case 'duplex':
      return (options?: RpcCallOptions) => new DuplexStub(caller, method, checked(options));
  }
}

const NAMES: OptionNames<RpcCallOptions> = {
  signal: true,
  timeoutMs: true,
  metadata: true,
  endpoint: true,
};

/** The options, once they are known to be some; metadata is looked at where it is sent. */
function checked(options: RpcCallOptions | undefined): RpcCallOptions | undefined {
  if (options === undefined) return undefined;
  checkKnownOptions('options', options, NAMES);
  checkCallOptions(options);
  const { endpoint } = options;
  if (endpoint === undefined || typeof endpoint === 'string') return options;
  throw invalidArgument('endpoint', showAddress(endpoint), "one of the client's endpoints");
}
