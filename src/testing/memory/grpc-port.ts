import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { GrpcCode } from '../../errors/index.js';
import { ignore } from '../../internal/deferred.js';
import type { RawStatus } from '../../transport/channel/channel.js';
import type { CallMetadata } from '../../transport/transport.js';
import { EtcdStartError } from '../errors.js';
import type { Answers, Dispatcher, ServerCall } from './server/dispatcher.js';
import type { Connection } from './world/connection.js';

/** An address at which other programs reach a cluster in memory. It ends with `close()` or `await using`. */
export interface MemoryPort extends AsyncDisposable {
  /** The address: `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** The number of the port. */
  readonly port: number;
  /** Ends the connections and gives the port back. Harmless when done twice. */
  close(): Promise<void>;
  /** Does what `close()` does. */
  [Symbol.asyncDispose](): Promise<void>;
}

const HOST = '127.0.0.1';
const UNLIMITED = -1;
const STOPPED: RawStatus = { code: GrpcCode.UNAVAILABLE, details: 'etcdserver: server stopped' };
const DROPPED: RawStatus = { code: GrpcCode.UNAVAILABLE, details: 'Connection dropped' };

type Bytes = ServerDuplexStream<Uint8Array, Uint8Array>;

/** The member that a port serves. */
export interface ServedMember {
  readonly dispatcher: Dispatcher;
  /** Tells whether the member runs: calls to one that was stopped are refused. */
  isRunning(): boolean;
  /** Makes a connection to the member, with the faults that it has. */
  connect(): Connection;
}

/** Serves a member on a port of this machine by gRPC. */
export async function listenOn(served: ServedMember, port: number): Promise<MemoryPort> {
  const { dispatcher } = served;
  const server = new Server({
    // The member has its own limits.
    'grpc.max_receive_message_length': UNLIMITED,
    'grpc.max_send_message_length': UNLIMITED,
  });
  const handler = (path: string) => (call: Bytes) => {
    if (served.isRunning()) carryOut(served, path, call);
    else end(call, STOPPED);
  };
  for (const service of new Set(dispatcher.paths.map(serviceOf))) {
    const paths = dispatcher.paths.filter((path) => serviceOf(path) === service);
    server.addService(definitionOf(paths), handlersOf(paths, handler));
  }
  const bound = await bind(server, port);
  const close = (): Promise<void> => {
    server.forceShutdown();
    return Promise.resolve();
  };
  return { endpoint: `http://${HOST}:${bound}`, port: bound, close, [Symbol.asyncDispose]: close };
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${HOST}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
        return;
      }
      server.forceShutdown();
      const text = `the port ${port} of this machine cannot be used (${error.message}): 0 takes a free one`;
      reject(new EtcdStartError(text, { logs: '', cause: error }));
    });
  });
}

function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}

function methodOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A stream both ways looks on the wire like any other call, so all are taken for one. */
function definitionOf(paths: readonly string[]): ServiceDefinition {
  const asBytes = (bytes: Uint8Array): Buffer =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.fromEntries(
    paths.map((path) => [
      methodOf(path),
      {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: asBytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: asBytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    ]),
  );
}

function handlersOf(
  paths: readonly string[],
  handler: (path: string) => (call: Bytes) => void,
): UntypedServiceImplementation {
  return Object.fromEntries(paths.map((path) => [methodOf(path), handler(path)]));
}

/** Lets a call go over a simulated connection of its own, so that it has the faults of the others. */
function carryOut({ dispatcher, connect }: ServedMember, path: string, call: Bytes): void {
  const connection = connect();
  let over = false;
  let serverCall: ServerCall | undefined;
  const finish = (status?: RawStatus): void => {
    if (over) return;
    over = true;
    serverCall?.cancel();
    connection.break();
    if (status !== undefined) end(call, status);
  };
  connection.addEnd({ broken: () => finish(DROPPED), frozen: ignore });
  const answers: Answers = {
    message: (bytes) => {
      const arrive = (): void => void call.write(bytes);
      connection.reply(path, arrive, arrive);
    },
    status: (status) => connection.toClient(() => finish(status)),
  };
  connection.toServer(() => {
    serverCall = dispatcher.open(path, metadataOf(call.metadata), answers);
  });
  call.on('data', (bytes: Uint8Array) => connection.toServer(() => serverCall?.message(bytes)));
  call.on('end', () => connection.toServer(() => serverCall?.halfClose()));
  call.on('cancelled', () => finish());
  call.on('error', () => finish());
}

function end(call: Bytes, { code, details }: RawStatus): void {
  if (code === 0) call.end();
  else call.emit('error', { code, details });
}

function metadataOf(metadata: Metadata): CallMetadata {
  return Object.fromEntries(
    Object.entries(metadata.getMap()).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
