import type { Attributes } from '@opentelemetry/api';
import type { CallDiagnostics } from '../diagnostics/index.js';
import { EtcdError, grpcStatusName } from '../errors/index.js';

/** Name of the system, in every span and metric. */
export const SYSTEM: Attributes = { 'db.system.name': 'etcd' };

/** Packages of the services whose messages are not in `etcdserverpb`. */
const PACKAGES: Readonly<Record<string, string>> = { Lock: 'v3lockpb', Election: 'v3electionpb' };

/** The parts that all requests of one operation and RPC share. */
export interface RequestKind {
  /** Attributes that a request has from its start, and that samplers see. */
  readonly attributes: Attributes;
  /** Attributes of the points of requests that succeeded, by their endpoint. */
  readonly succeeded: Map<string | undefined, Attributes>;
}

/** By RPC and operation: a client sends many requests of few kinds, so these are made once. */
const kinds = new Map<string, Map<string, RequestKind>>();

/** Returns what is the same for all requests like this one. */
export function kindOf({ operation, method }: CallDiagnostics): RequestKind {
  let ofMethod = kinds.get(method);
  if (ofMethod === undefined) {
    ofMethod = new Map();
    kinds.set(method, ofMethod);
  }
  let kind = ofMethod.get(operation);
  if (kind === undefined) {
    const attributes: Attributes = {
      'db.operation.name': operation,
      ...SYSTEM,
      'rpc.method': rpcOf(method),
      'rpc.system.name': 'grpc',
    };
    kind = { attributes, succeeded: new Map() };
    ofMethod.set(operation, kind);
  }
  return kind;
}

/** Attributes of the point of a request that has ended. */
export function pointAttributes(call: CallDiagnostics): Attributes {
  if (call.outcome !== undefined) return { ...pointOf(call), ...failureAttributes(call) };
  const { succeeded } = kindOf(call);
  let attributes = succeeded.get(call.endpoint);
  if (attributes === undefined) {
    attributes = pointOf(call);
    succeeded.set(call.endpoint, attributes);
  }
  return attributes;
}

/** In the order of the alphabet, in which the SDK sorts them for each point. */
function pointOf({ operation, method, endpoint }: CallDiagnostics): Attributes {
  return {
    'db.operation.name': operation,
    ...SYSTEM,
    'rpc.method': rpcOf(method),
    'rpc.status_code': 'OK',
    ...serverAttributes(endpoint),
  };
}

/** Attributes of a request that has failed. */
export function failureAttributes({ error, outcome }: CallDiagnostics): Attributes {
  return {
    ...errorAttributes(error),
    // The conventions want this code and `error.type` to be the same where both are known.
    ...(error instanceof EtcdError && { 'db.response.status_code': error.code }),
    'etcd_kit.outcome': outcome,
    'rpc.status_code': grpcStatusName(error),
  };
}

/** Writes `KV.Range` as gRPC does: `etcdserverpb.KV/Range`. */
export function rpcOf(method: string): string {
  const [service = '', rpc = ''] = method.split('.');
  return `${PACKAGES[service] ?? 'etcdserverpb'}.${service}/${rpc}`;
}

/** Endpoints that were read before: a client has few, and each request tells one. */
const known = new Map<string, Attributes>();

/** Attributes of the server that a request went to; none before an attempt. */
export function serverAttributes(endpoint: string | undefined): Attributes {
  if (endpoint === undefined) return NONE;
  let attributes = known.get(endpoint);
  if (attributes === undefined) {
    attributes = readEndpoint(endpoint);
    known.set(endpoint, attributes);
  }
  return attributes;
}

const NONE: Attributes = {};

function readEndpoint(endpoint: string): Attributes {
  const path = /^unix:\/\/(.*)$/.exec(endpoint);
  if (path !== null) return { 'server.address': path[1] };
  const parts = /^(?:\w+:\/\/)?\[?(.*?)\]?(?::(\d+))?$/.exec(endpoint);
  const [, address, port] = parts ?? [];
  return { 'server.address': address, 'server.port': Number(port ?? DEFAULT_PORT) };
}

/** Port of an endpoint that names none. */
const DEFAULT_PORT = 2379;

/** Attributes of a failure; none without one. */
export function errorAttributes(error: unknown): Attributes {
  return error === undefined ? {} : { 'error.type': errorType(error) };
}

/** Code of an error of ours, or the name of the class of another. */
function errorType(error: unknown): string {
  if (error instanceof EtcdError) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
