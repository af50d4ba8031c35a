import { fileURLToPath } from 'node:url';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { BenchClient } from './bench-client.js';

type Unary<Response> = (
  request: object,
  callback: (error: ServiceError | null, response: Response) => void,
) => void;

interface KvClient extends Client {
  range: Unary<{ kvs: readonly { key: Buffer; value: Buffer }[] }>;
  put: Unary<object>;
}

interface Packages {
  readonly etcdserverpb: { readonly KV: new (target: string, security: object) => KvClient };
}

const PROTO = fileURLToPath(new URL('../../proto/rpc.proto', import.meta.url));

/** The baseline: the client that grpc-js and proto-loader make of the protocol, and nothing else. */
export async function open(endpoint: string): Promise<BenchClient> {
  const definition = loadSync(PROTO, { longs: String, enums: String, defaults: true });
  const { etcdserverpb } = loadPackageDefinition(definition) as unknown as Packages;
  const kv = new etcdserverpb.KV(new URL(endpoint).host, credentials.createInsecure());
  const range = promised(kv.range.bind(kv));
  const put = promised(kv.put.bind(kv));
  return {
    get: async (key) => (await range({ key: Buffer.from(key) })).kvs[0]?.value.toString(),
    put: (key, value) => put({ key: Buffer.from(key), value: Buffer.from(value) }),
    close: () => kv.close(),
  };
}

function promised<Response>(call: Unary<Response>): (request: object) => Promise<Response> {
  return (request) =>
    new Promise((resolve, reject) => {
      call(request, (error, response) => (error === null ? resolve(response) : reject(error)));
    });
}
