import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { descriptorJson } from './generated/descriptor.js';
import type { MessageTypes } from './generated/types.js';
import { copyRecord, fromLoader, toLoader } from './loader-values.js';
import { protoLoader } from './proto-loader.js';
import { type Descriptor, type MessageSchema, Schemas } from './schema.js';
import { checkMessage } from './wire/check.js';

/** Writes and reads one message. */
export interface MessageCodec<Written, Read> {
  /** Throws an `InvalidArgumentError` that names the field when a value is not of its type. */
  encode(message: Written): Uint8Array;
  /** Copies a message as deep as its fields go. Needs no proto-loader. */
  copy<Copied>(message: Copied): Copied;
  /** Throws an `Error` when the bytes are not a message. */
  decode(bytes: Uint8Array): Read;
}

/** The codec of a message by its name. */
export type LoaderCodec<Name extends keyof MessageTypes> = MessageCodec<
  MessageTypes[Name]['written'],
  MessageTypes[Name]['read']
>;

/**
 * The codec of any message, driven by the descriptor: proto-loader does the bytes, and the conversion
 * here stands between its plain objects and our records. Messages that are read or written often have
 * codecs of their own in `wire/`.
 *
 * The descriptor is parsed when the first message is written or read; proto-loader must be loaded by then.
 */
export function loaderCodec<Name extends keyof MessageTypes>(fullName: Name): LoaderCodec<Name> {
  let loaded: LoadedMessage | undefined;
  return {
    encode(message) {
      loaded ??= loadMessage(fullName);
      checkMessage(message, loaded.schema.name);
      return loaded.serialize(toLoader(loaded.schema, message));
    },
    copy<Copied>(message: Copied): Copied {
      const schema = schemas().message(fullName);
      checkMessage(message, schema.name);
      return copyRecord(schema, message) as Copied;
    },
    decode(bytes) {
      loaded ??= loadMessage(fullName);
      return fromLoader(loaded.schema, loaded.deserialize(bytes)) as MessageTypes[Name]['read'];
    },
  };
}

/** A message type of the descriptor, with the functions of proto-loader that write and read its bytes. */
interface LoadedMessage {
  readonly schema: MessageSchema;
  serialize(message: object): Uint8Array;
  deserialize(bytes: Uint8Array): object;
}

type LoaderJson = Parameters<ReturnType<typeof protoLoader>['fromJSON']>[0];

let knownJson: LoaderJson | undefined;
let knownSchemas: Schemas | undefined;
let knownDefinition: PackageDefinition | undefined;

function json(): LoaderJson {
  knownJson ??= JSON.parse(descriptorJson) as LoaderJson;
  return knownJson;
}

function schemas(): Schemas {
  knownSchemas ??= new Schemas(json() as Descriptor);
  return knownSchemas;
}

function definition(): PackageDefinition {
  const { fromJSON } = protoLoader();
  // The descriptor has the names of the wire, and the loader drops what it does not find by name.
  const options = { longs: String, enums: String, defaults: true };
  knownDefinition ??= fromJSON(json(), options);
  return knownDefinition;
}

function loadMessage(fullName: string): LoadedMessage {
  const type = definition()[fullName] as MessageTypeDefinition<object, object>;
  const schema = schemas().message(fullName);
  const { serialize, deserialize } = type;
  return {
    schema,
    serialize: (message) => serialize(message),
    deserialize(bytes) {
      try {
        return deserialize(asBuffer(bytes));
      } catch (cause) {
        throw new Error(`malformed ${schema.name}`, { cause });
      }
    },
  };
}

/** The loader takes a Buffer: the same bytes, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
