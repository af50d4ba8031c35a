import * as grpc from '@grpc/grpc-js';

const METHOD = '/test.Naming/Name';
const toBytes = (text: string): Buffer => Buffer.from(text);
const toText = (bytes: Buffer): string => bytes.toString();

/** A gRPC server of a test, whose one method answers with its name. */
export interface NamingServer extends AsyncDisposable {
  /** As an instance registers it. */
  readonly address: string;
}

/** Starts such a server, on a free loopback port unless said otherwise; disposing ends it at once. */
export async function startNaming(name: string, listenOn = '127.0.0.1:0'): Promise<NamingServer> {
  const server = new grpc.Server();
  server.addService(
    {
      name: {
        path: METHOD,
        requestStream: false,
        responseStream: false,
        requestSerialize: toBytes,
        requestDeserialize: toText,
        responseSerialize: toBytes,
        responseDeserialize: toText,
      },
    },
    { name: (_call: unknown, answer: grpc.sendUnaryData<string>) => answer(null, name) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listenOn, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: listenOn.replace(/:0$/, `:${port}`),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

/** A gRPC client of such servers. */
export interface NamingClient extends Disposable {
  /** Asks a server for its name; rejects with the error of gRPC. */
  ask(): Promise<string>;
  /** The names that so many calls in a row are answered with, and how often each. */
  tally(calls: number): Promise<Record<string, number>>;
  readonly state: grpc.connectivityState;
}

/** The policy that sends calls to all servers in turn. */
export const ROUND_ROBIN: grpc.ChannelOptions = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

const CALL_TIMEOUT_MS = 5_000;

/** A client of a target; gRPC's own policy is to stay with one server. */
export function namingClient(
  target: string,
  options: grpc.ChannelOptions = ROUND_ROBIN,
): NamingClient {
  const client = new grpc.Client(target, grpc.credentials.createInsecure(), options);
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const deadline = Date.now() + CALL_TIMEOUT_MS;
      client.makeUnaryRequest(METHOD, toBytes, toText, '?', { deadline }, (error, name = '') =>
        error === null ? resolve(name) : reject(error),
      );
    });
  return {
    ask,
    async tally(calls) {
      const counts: Record<string, number> = {};
      for (let call = 0; call < calls; call += 1) {
        const name = await ask();
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    },
    get state() {
      return client.getChannel().getConnectivityState(false);
    },
    [Symbol.dispose]: () => client.close(),
  };
}
