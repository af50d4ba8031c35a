import type { MessageTypes } from './generated/types.js';
import { loaderCodec } from './loader-codec.js';
import type { Method, MethodKind, RetryRule } from './method.js';
import { loadProtoLoader } from './proto-loader.js';
import { decodeMessage, decodePlainMessage, type Reader } from './wire/reader.js';
import { encodeMessage, type Writer } from './wire/writer.js';

/** Traits of an RPC beside its retry rule. */
interface Traits {
  /** Default: `unary`. */
  readonly kind?: MethodKind;
  readonly waits?: true;
}

/** An RPC whose messages have codecs of their own, because they are written or read all the time. */
export function hotMethod<Written, Read>(
  path: `/${string}.${string}/${string}`,
  retry: RetryRule,
  write: (writer: Writer, message: Written) => void,
  read: (reader: Reader) => Read,
  traits: Traits = {},
): Method<Written, Read> {
  const name = nameOf(path);
  return {
    ...describe(path, retry, traits),
    encode: (message) => encodeMessage(`${name} request`, message, write),
    decode: (bytes) => decodeMessage(`${name} response`, bytes, read),
    decodePlain: (bytes) => decodePlainMessage(`${name} response`, bytes, read),
  };
}

type MessageName = keyof MessageTypes;

/** `MemberAdd` for `MemberAddRequest` of the package. */
type Stem<Package extends string, Name = MessageName> = Name extends `${Package}.${infer S}Request`
  ? S
  : never;

type Request<Package extends string, S extends string> = `${Package}.${S}Request` & MessageName;
type Response<Package extends string, S extends string> = `${Package}.${S}Response` & MessageName;

/**
 * Defines the RPCs of a service whose messages proto-loader writes and reads. The messages are called
 * after the RPC, or after `messages` where they are not. All are unary: only a unary call waits until
 * proto-loader is loaded.
 */
export function coldMethods<Package extends string>(packageName: Package, service: string) {
  return <Rpc extends string, S extends Stem<Package> = Stem<Package> & Rpc>(
    rpc: Rpc,
    retry: RetryRule,
    { messages, waits }: Pick<Traits, 'waits'> & { readonly messages?: S } = {},
  ): Method<
    MessageTypes[Request<Package, S>]['written'],
    MessageTypes[Response<Package, S>]['read']
  > => {
    const stem = `${packageName}.${messages ?? rpc}`;
    const { copy, encode } = loaderCodec(`${stem}Request` as Request<Package, S>);
    const { decode } = loaderCodec(`${stem}Response` as Response<Package, S>);
    const described = describe(`/${packageName}.${service}/${rpc}`, retry, waits ? { waits } : {});
    return { ...described, prepare: () => loadProtoLoader(described.name), copy, encode, decode };
  };
}

function describe(path: string, retry: RetryRule, { kind = 'unary', waits }: Traits) {
  return { name: nameOf(path), path, kind, retry, ...(waits ? { waits } : {}) };
}

/** `KV.Put` for `/etcdserverpb.KV/Put`. */
function nameOf(path: string): string {
  return path.slice(path.indexOf('.') + 1).replace('/', '.');
}
