import type { fromJSON } from '@grpc/proto-loader';
import { EtcdError } from '../errors/index.js';

/** The part of `@grpc/proto-loader` that is used. */
interface ProtoLoader {
  readonly fromJSON: typeof fromJSON;
}

let loaded: ProtoLoader | undefined;
let loading: Promise<void> | undefined;

/**
 * Loads proto-loader. It takes longer to load than the rest of the client without gRPC. Most programs never
 * need it: the messages they send have codecs of their own.
 *
 * @param method the RPC that needs it, for the error
 * @returns `undefined` when it is there, so that calls do not wait; rejects with an `EtcdError`
 */
export function loadProtoLoader(method: string): Promise<void> | undefined {
  if (loaded !== undefined) return undefined;
  loading ??= import('@grpc/proto-loader').then(provideProtoLoader).catch((error: unknown) => {
    // The next call asks again.
    loading = undefined;
    throw error;
  });
  return loading.catch((cause: unknown) => {
    throw notLoaded(method, cause);
  });
}

function notLoaded(method: string, cause: unknown): EtcdError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EtcdError(
    `@grpc/proto-loader could not be loaded, which ${method} needs: ${reason}; install it beside etcd-kit, or let the bundler put it into the bundle`,
    { code: 'INTERNAL', outcome: 'not-sent', method, cause },
  );
}

/**
 * Takes proto-loader from where it was imported at once: see `eager-loader.ts`. Throws where there is none
 * yet: Rollup, told to make one file, puts it behind the program, and so behind its top-level `await`.
 */
export function provideProtoLoader(module: ProtoLoader | undefined): void {
  if (module === undefined) {
    throw new Error(
      "the bundle has it behind a top-level await: begin the program with import '@grpc/proto-loader'",
    );
  }
  loaded = module;
}

/** The loaded module. Throws an `Error` before that: a codec of proto-loader is used too early. */
export function protoLoader(): ProtoLoader {
  if (loaded !== undefined) return loaded;
  throw new Error('proto-loader is not loaded yet: await `prepare()` of the method first');
}
