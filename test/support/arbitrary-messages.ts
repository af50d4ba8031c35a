import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fieldName } from '../../src/rpc/field-name.js';
import type { MessageTypes } from '../../src/rpc/generated/types.js';

/**
 * Messages made up at random, and what must be read after they were written. Both come from the table
 * of wire facts, so they share nothing with the descriptor and the codecs that they test.
 */

export type MessageName = keyof MessageTypes;

export interface RpcFact {
  readonly path: string;
  readonly request: MessageName;
  readonly response: MessageName;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

interface FieldFact {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly oneof: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

const table = JSON.parse(
  readFileSync(new URL('../../proto/wire-facts.json', import.meta.url), 'utf8'),
) as { readonly facts: readonly string[] };

const messages = new Map<string, FieldFact[]>();
const enums = new Map<string, { readonly value: string; readonly number: number }[]>();
export const rpcFacts: RpcFact[] = [];

for (const fact of table.facts) {
  const rpc = /^rpc (\S+): (stream )?(\S+) -> (stream )?(\S+)$/.exec(fact);
  if (rpc !== null) {
    rpcFacts.push({
      path: rpc[1]!,
      request: rpc[3] as MessageName,
      response: rpc[5] as MessageName,
      requestStream: rpc[2] !== undefined,
      responseStream: rpc[4] !== undefined,
    });
  }
  const message = /^message (\S+)/.exec(fact);
  if (message !== null) messages.set(message[1]!, messages.get(message[1]!) ?? []);
  const field = /^field (\S+)\.(\S+) = \d+: (repeated )?(\S+)(?: oneof (\S+))?/.exec(fact);
  if (field !== null) {
    const fields = messages.get(field[1]!) ?? [];
    messages.set(field[1]!, fields);
    fields.push({
      name: fieldName(field[2]!),
      type: field[4]!,
      repeated: field[3] !== undefined,
      oneof: field[5],
    });
  }
  const value = /^enum (\S+)\.(\S+) = (\d+)$/.exec(fact);
  if (value !== null) {
    enums.set(value[1]!, [
      ...(enums.get(value[1]!) ?? []),
      { value: value[2]!, number: Number(value[3]) },
    ]);
  }
}

/** Every message of the protocol. */
export const messageNames = [...messages.keys()] as MessageName[];

const INTERESTING = [
  0n,
  1n,
  127n,
  128n,
  2n ** 28n,
  2n ** 31n,
  2n ** 32n,
  2n ** 35n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
];

const scalars: Readonly<Record<string, { arbitrary: fc.Arbitrary<unknown>; default: unknown }>> = {
  bytes: {
    arbitrary: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ minLength: 120, maxLength: 140 }),
    ),
    default: new Uint8Array(0),
  },
  string: { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), default: '' },
  bool: { arbitrary: fc.boolean(), default: false },
  uint32: { arbitrary: fc.integer({ min: 0, max: 2 ** 32 - 1 }), default: 0 },
  int64: {
    arbitrary: fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(...INTERESTING, -1n, -(2n ** 63n)),
    ),
    default: 0n,
  },
  uint64: {
    arbitrary: fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(...INTERESTING, 2n ** 63n, 2n ** 64n - 1n),
    ),
    default: 0n,
  },
};

/** How deep transactions are put into one another. */
const DEPTH = 6;

const known = new Map<string, fc.Arbitrary<unknown>>();

/** A message as it may be written: fields given, left out or explicitly `undefined`. */
export function arbitraryMessage<Name extends MessageName>(
  name: Name,
): fc.Arbitrary<MessageTypes[Name]['written']> {
  return messageAt(name, DEPTH, 'some') as fc.Arbitrary<MessageTypes[Name]['written']>;
}

/** A message with every field given, and one member of each oneof. */
export function arbitraryFullMessage<Name extends MessageName>(
  name: Name,
): fc.Arbitrary<MessageTypes[Name]['written']> {
  return messageAt(name, DEPTH, 'all') as fc.Arbitrary<MessageTypes[Name]['written']>;
}

function messageAt(name: string, depth: number, fill: 'some' | 'all'): fc.Arbitrary<unknown> {
  const id = `${name} ${depth} ${fill}`;
  const made = known.get(id) ?? makeMessage(name, depth, fill);
  known.set(id, made);
  return made;
}

function makeMessage(name: string, depth: number, fill: 'some' | 'all'): fc.Arbitrary<unknown> {
  const oneofs = new Map<string, Record<string, fc.Arbitrary<unknown>>>();
  const single: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fieldsOf(name)) {
    if (messages.has(field.type) && depth === 0) continue;
    const value = valueAt(field, depth, fill);
    if (field.oneof === undefined) {
      single[field.name] = fill === 'all' ? value : fc.option(value, { nil: undefined });
    } else {
      oneofs.set(field.oneof, { ...oneofs.get(field.oneof), [field.name]: value });
    }
  }
  const own = fc.record(single, fill === 'all' ? {} : { requiredKeys: [] });
  const chosen = [...oneofs.values()].map((members) => {
    const cases = Object.entries(members).map(([member, value]) => fc.record({ [member]: value }));
    return fc.oneof(...cases, ...(fill === 'all' ? [] : [fc.constant({})]));
  });
  return fc.tuple(own, ...chosen).map((parts) => Object.assign({}, ...parts) as unknown);
}

function valueAt(field: FieldFact, depth: number, fill: 'some' | 'all'): fc.Arbitrary<unknown> {
  const values = enums.get(field.type);
  const one =
    values === undefined
      ? (scalars[field.type]?.arbitrary ?? messageAt(field.type, depth - 1, fill))
      : fc.constantFrom(...values.map(({ value }) => value));
  return field.repeated ? fc.array(one, { minLength: fill === 'all' ? 1 : 0, maxLength: 3 }) : one;
}

/** What must be read after `written` was written: every field, with its default where none was given. */
export function expectedRead(name: MessageName, written: object): object {
  return project(name, written, true);
}

/**
 * The fields of a message that was read, and those alone, in a plain object that can be compared.
 * Fails for bytes that are not a plain `Uint8Array`.
 */
export function plainMessage(name: MessageName, record: object): object {
  return project(name, record, false);
}

function project(name: string, record: object, withDefaults: boolean): object {
  const values = record as Values;
  const plain: Record<string, unknown> = {};
  for (const field of fieldsOf(name)) {
    let value = values[field.name];
    if (withDefaults && value === undefined && field.oneof === undefined) {
      value = field.repeated ? [] : defaultOf(field.type);
    }
    if (value === undefined) continue;
    plain[field.name] = field.repeated
      ? (value as readonly unknown[]).map((element) =>
          projectValue(field.type, element, withDefaults),
        )
      : projectValue(field.type, value, withDefaults);
  }
  return plain;
}

function projectValue(type: string, value: unknown, withDefaults: boolean): unknown {
  if (messages.has(type)) return project(type, value as object, withDefaults);
  if (value instanceof Uint8Array) {
    if (value.constructor !== Uint8Array)
      throw new Error(`bytes came as ${value.constructor.name}`);
    return `bytes ${[...value].join(' ')}`;
  }
  return value;
}

function defaultOf(type: string): unknown {
  const values = enums.get(type);
  if (values !== undefined) return values.find(({ number }) => number === 0)?.value;
  return scalars[type]?.default;
}

function fieldsOf(name: string): readonly FieldFact[] {
  const fields = messages.get(name);
  if (fields === undefined) throw new Error(`the wire facts have no message ${name}`);
  return fields;
}
