import { EMPTY_BYTES, encodeUtf8 } from '../../../internal/bytes.js';
import { descriptorJson } from '../../../rpc/generated/descriptor.js';
import type { MessageTypes } from '../../../rpc/generated/types.js';
import {
  type Descriptor,
  type FieldSchema,
  type FieldType,
  type MessageSchema,
  Schemas,
} from '../../../rpc/schema.js';
import { decodeMessage, type Reader } from '../../../rpc/wire/reader.js';
import { encodeMessage, type Writer } from '../../../rpc/wire/writer.js';

export type MessageName = keyof MessageTypes;

/** A message as a server reads it: every field has a value. */
export type ReadMessage<Name extends MessageName> = MessageTypes[Name]['read'];
/** A message as a server writes it: a field left out has its default. */
export type WrittenMessage<Name extends MessageName> = MessageTypes[Name]['written'];

type Values = Record<string, unknown>;
type WriteField = (writer: Writer, message: Readonly<Values>) => void;
type ReadField = (reader: Reader, message: Values) => void;

/** The two directions of one kind of message. */
interface Codec {
  write(writer: Writer, message: Readonly<Values>): void;
  read(reader: Reader): Values;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const BITS_OF_WIRE_TYPE = 3;
/** The name of a value of an enum that the descriptor does not know. */
const UNRECOGNIZED = 'UNRECOGNIZED';

const schemas = new Schemas(JSON.parse(descriptorJson) as Descriptor);
const codecs = new Map<MessageSchema, Codec>();

/** Writes any message of the protocol, by its descriptor. */
export function writeMessage<Name extends MessageName>(
  name: Name,
  message: WrittenMessage<Name>,
): Uint8Array {
  const codec = codecOf(schemas.message(name));
  return encodeMessage(name, message as Readonly<Values>, codec.write);
}

/** Reads any message of the protocol; throws an `Error` when the bytes are none. */
export function readMessage<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
): ReadMessage<Name> {
  const codec = codecOf(schemas.message(name));
  return decodeMessage(name, bytes, codec.read) as ReadMessage<Name>;
}

function codecOf(schema: MessageSchema): Codec {
  let codec = codecs.get(schema);
  if (codec === undefined) {
    codec = compile(schema);
    codecs.set(schema, codec);
  }
  return codec;
}

function compile(schema: MessageSchema): Codec {
  const writers = schema.fields.map(fieldWriter);
  const readers = new Map<number, ReadField>();
  for (const field of schema.fields) {
    readers.set(tagOf(field), fieldReader(field));
    if (field.repeated && field.type.kind === 'enum') {
      readers.set((field.id << BITS_OF_WIRE_TYPE) | LENGTH_DELIMITED, packedReader(field));
    }
  }
  const defaults = defaultsOf(schema);
  const lists = schema.fields.filter(({ repeated, inOneof }) => repeated && !inOneof);
  return {
    write(writer, message) {
      for (const write of writers) write(writer, message);
    },
    read(reader) {
      const message = { ...defaults };
      for (const { name } of lists) message[name] = [];
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        const read = readers.get(tag);
        if (read === undefined) reader.skip(tag);
        else read(reader, message);
      }
      return message;
    },
  };
}

/** Values of fields that are not on the wire. Each message gets lists of its own. */
function defaultsOf({ fields }: MessageSchema): Values {
  const message: Values = {};
  for (const { name, type, inOneof } of fields) if (!inOneof) message[name] = defaultOf(type);
  return message;
}

function defaultOf(type: FieldType): unknown {
  if (type.kind === 'message') return undefined;
  if (type.kind === 'enum') return namesOf(type.numbers).get(0) ?? UNRECOGNIZED;
  switch (type.scalar) {
    case 'bytes':
      return EMPTY_BYTES;
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'uint32':
      return 0;
    case 'int64':
    case 'uint64':
      return 0n;
  }
}

function tagOf({ id, type }: FieldSchema): number {
  return (id << BITS_OF_WIRE_TYPE) | wireTypeOf(type);
}

function wireTypeOf(type: FieldType): number {
  if (type.kind === 'message') return LENGTH_DELIMITED;
  if (type.kind === 'enum') return VARINT;
  return type.scalar === 'bytes' || type.scalar === 'string' ? LENGTH_DELIMITED : VARINT;
}

function fieldWriter(field: FieldSchema): WriteField {
  const { name, repeated, inOneof } = field;
  const write = valueWriter(field);
  if (!repeated) {
    return (writer, message) => {
      const value = message[name];
      if (value !== undefined && (inOneof || !isDefault(value))) write(writer, value);
    };
  }
  return (writer, message) => {
    for (const value of (message[name] as readonly unknown[] | undefined) ?? [])
      write(writer, value);
  };
}

/** Returns whether proto3 leaves a value out. The first value of each enum is written: readers do not mind. */
function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0n || value === false || value === '' || value === 0;
}

function valueWriter(field: FieldSchema): (writer: Writer, value: unknown) => void {
  const { type, label } = field;
  const tag = tagOf(field);
  if (type.kind === 'enum') {
    const { numbers } = type;
    return (writer, value) => writer.enum(tag, value as string, numbers, label);
  }
  if (type.kind === 'message') {
    const write: Codec['write'] = (writer, message) => codecOf(type.message).write(writer, message);
    return (writer, value) => writer.message(tag, value as Values, write, label);
  }
  switch (type.scalar) {
    case 'bytes':
      return (writer, value) => writer.chosenBytes(tag, value as Uint8Array, label);
    case 'string':
      return (writer, value) => writer.chosenBytes(tag, encodeUtf8(value as string), label);
    case 'bool':
      return (writer, value) => writer.bool(tag, value as boolean, label);
    case 'uint32':
      return (writer, value) => writer.chosenInt64(tag, BigInt(value as number), label);
    case 'int64':
    case 'uint64':
      return (writer, value) => writer.chosenInt64(tag, BigInt.asIntN(64, value as bigint), label);
  }
}

function fieldReader(field: FieldSchema): ReadField {
  const { name, repeated } = field;
  const read = valueReader(field.type);
  if (!repeated) {
    return (reader, message) => {
      message[name] = read(reader);
    };
  }
  return (reader, message) => {
    (message[name] as unknown[]).push(read(reader));
  };
}

/** Reads enum values in one run, as proto3 writes repeated ones. */
function packedReader({ name, type }: FieldSchema): ReadField {
  const read = valueReader(type);
  return (reader, message) => {
    const values = message[name] as unknown[];
    const start = reader.run();
    const end = reader.position;
    reader.position = start;
    while (reader.position < end) values.push(read(reader));
  };
}

function valueReader(type: FieldType): (reader: Reader) => unknown {
  if (type.kind === 'enum') {
    const names = namesOf(type.numbers);
    return (reader) => names.get(Number(reader.int64())) ?? UNRECOGNIZED;
  }
  if (type.kind === 'message') {
    return (reader) => reader.message((inner) => codecOf(type.message).read(inner));
  }
  switch (type.scalar) {
    case 'bytes':
      // In memory of its own: a store keeps it for long.
      return (reader) => new Uint8Array(reader.view());
    case 'string':
      return (reader) => reader.string();
    case 'bool':
      return (reader) => reader.bool();
    case 'uint32':
      return (reader) => Number(reader.uint64());
    case 'int64':
      return (reader) => BigInt(reader.int64());
    case 'uint64':
      return (reader) => BigInt(reader.uint64());
  }
}

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
}
