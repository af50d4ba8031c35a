import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { descriptorJson } from './generated/descriptor.js';
import type { MessageTypes } from './generated/types.js';
import { fromLoader, toLoader } from './loader-values.js';
import { protoLoader } from './proto-loader.js';
import { type Descriptor, type MessageSchema, Schemas } from './schema.js';
import { checkMessage } from './wire/check.js';

/** Writes and reads one message. */
export interface MessageCodec<Written, Read> {
  /** Throws an `InvalidArgumentError` that names the field when a value is not of its type. */
  encode(message: Written): Uint8Array;
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
  let parts: MessageParts | undefined;
  return {
    encode(message) {
      parts ??= messageParts(fullName);
      checkMessage(message, parts.schema.name);
      return parts.serialize(toLoader(parts.schema, message));
    },
    decode(bytes) {
      parts ??= messageParts(fullName);
      return fromLoader(parts.schema, parts.deserialize(bytes)) as MessageTypes[Name]['read'];
    },
  };
}

interface MessageParts {
  readonly schema: MessageSchema;
  serialize(message: object): Uint8Array;
  deserialize(bytes: Uint8Array): object;
}

interface Protocol {
  readonly schemas: Schemas;
  readonly definition: PackageDefinition;
}

let protocol: Protocol | undefined;

function loadProtocol(): Protocol {
  const { fromJSON } = protoLoader();
  const json: Parameters<typeof fromJSON>[0] = JSON.parse(descriptorJson);
  return {
    schemas: new Schemas(json as Descriptor),
    // The descriptor has the names of the wire, and the loader drops what it does not find by name.
    definition: fromJSON(json, { longs: String, enums: String, defaults: true }),
  };
}

function messageParts(fullName: string): MessageParts {
  protocol ??= loadProtocol();
  const schema = protocol.schemas.message(fullName);
  const type = protocol.definition[fullName] as MessageTypeDefinition<object, object>;
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
