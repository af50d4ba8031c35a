import { isRecord } from '../errors/index.js';
import { isBytes } from '../internal/bytes.js';
import type { FieldSchema, FieldType, MessageSchema, Scalar } from './schema.js';
import {
  checkArray,
  checkBool,
  checkBytes,
  checkEnum,
  checkInt64,
  checkMessage,
  checkOneof,
  checkString,
  checkUint32,
  checkUint64,
} from './wire/check.js';
import { viewOf } from './wire/reader.js';

type Values = Readonly<Record<string, unknown>>;

const LOW_32_BITS = 0xffffffffn;

/**
 * Turns a record of ours into the plain object that proto-loader writes: names as on the wire, 64-bit
 * integers in two halves. Fields that the message does not have are ignored; a value of the wrong type
 * is an `InvalidArgumentError` that names the field.
 */
export function toLoader(schema: MessageSchema, record: object): object {
  const values = record as Values;
  for (const members of schema.oneofs) {
    const given = members.filter((member) => values[member] !== undefined);
    checkOneof(given.length, schema.name, members.join(', '));
  }
  const object: Record<string, unknown> = {};
  for (const { name, wireName, type, label, repeated } of schema.fields) {
    const value = values[name];
    if (value === undefined) continue;
    if (repeated) {
      checkArray(value, label);
      object[wireName] = value.map((element) => writtenValue(type, element, label));
    } else {
      object[wireName] = writtenValue(type, value, label);
    }
  }
  return object;
}

/**
 * Copies a record of ours as deep as its message goes. A value of the wrong type stays what it is, for
 * `toLoader` to refuse.
 */
export function copyRecord(schema: MessageSchema, record: object): object {
  const values = record as Values;
  const given = schema.fields.filter(({ name }) => values[name] !== undefined);
  return Object.fromEntries(given.map(({ name, type }) => [name, copyValue(type, values[name])]));
}

function copyValue(type: FieldType, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => copyValue(type, element));
  if (isBytes(value)) return new Uint8Array(value);
  return type.kind === 'message' && isRecord(value) ? copyRecord(type.message, value) : value;
}

/** Turns the plain object that proto-loader has read into a record of ours. */
export function fromLoader(schema: MessageSchema, object: object): object {
  const values = object as Values;
  const record: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const value = values[field.wireName];
    if (field.inOneof && value === undefined) continue;
    record[field.name] = readField(field, value);
  }
  return record;
}

function readField({ type, repeated }: FieldSchema, value: unknown): unknown {
  if (repeated) return (value as readonly unknown[]).map((element) => readValue(type, element));
  // The loader has null for a message that is not there.
  return value === null ? undefined : readValue(type, value);
}

function writtenValue(type: FieldType, value: unknown, label: string): unknown {
  switch (type.kind) {
    case 'enum':
      return checkEnum(value, type.numbers, label);
    case 'message':
      checkMessage(value, label);
      return toLoader(type.message, value);
    case 'scalar':
      return writtenScalar(type.scalar, value, label);
  }
}

function writtenScalar(scalar: Scalar, value: unknown, label: string): unknown {
  switch (scalar) {
    case 'bytes':
      checkBytes(value, label);
      return value;
    case 'string':
      checkString(value, label);
      return value;
    case 'bool':
      checkBool(value, label);
      return value;
    case 'uint32':
      checkUint32(value, label);
      return value;
    case 'int64':
      checkInt64(value, label);
      return halves(value, false);
    case 'uint64':
      checkUint64(value, label);
      return halves(value, true);
  }
}

/** A 64-bit integer as the loader takes it without rounding. */
function halves(value: bigint, unsigned: boolean): object {
  return {
    low: Number(BigInt.asIntN(32, value & LOW_32_BITS)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned,
  };
}

function readValue(type: FieldType, value: unknown): unknown {
  switch (type.kind) {
    case 'enum':
      // The loader has the number of a value that the descriptor does not know.
      return typeof value === 'string' ? value : 'UNRECOGNIZED';
    case 'message':
      return fromLoader(type.message, value as object);
    case 'scalar':
      return readScalar(type.scalar, value);
  }
}

function readScalar(scalar: Scalar, value: unknown): unknown {
  switch (scalar) {
    case 'bytes': {
      const bytes = value as Uint8Array;
      return viewOf(bytes, 0, bytes.length);
    }
    case 'int64':
    case 'uint64':
      return BigInt(value as string);
    default:
      return value;
  }
}
