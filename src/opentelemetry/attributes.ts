import type { Attributes } from '@opentelemetry/api';
import type { CallDiagnostics } from '../diagnostics/index.js';
import { EtcdError } from '../errors/index.js';

/** Name of the system, in every span and metric. */
export const SYSTEM: Attributes = { 'db.system.name': 'etcd' };

/** Packages of the services whose messages are not in `etcdserverpb`. */
const PACKAGES: Readonly<Record<string, string>> = { Lock: 'v3lockpb', Election: 'v3electionpb' };

/** Attributes that a request has from its start, and that samplers see. */
export function requestAttributes({ operation, method }: CallDiagnostics): Attributes {
  return {
    ...SYSTEM,
    'db.operation.name': operation,
    'rpc.system.name': 'grpc',
    'rpc.method': rpcOf(method),
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
