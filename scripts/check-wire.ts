/**
 * Proves that proto/ says what the etcd wire protocol says.
 *
 *   npm run check:wire                          compares proto/ with the kept table, proto/wire-facts.json
 *   npm run check:wire -- <reference>           also with a reference description of the protocol
 *   npm run check:wire -- <reference> --write   first makes the kept table from that reference
 */
import { readFileSync, writeFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { allTypes, fullName, loadProto, PROTO_FOLDER } from './codegen/proto.js';

const KEPT_TABLE = `${PROTO_FOLDER}wire-facts.json`;

interface ReferenceMethod {
  readonly path: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
}

interface ReferenceField {
  readonly id: number;
  readonly type: string;
  readonly repeated?: boolean;
  readonly oneof?: string;
  readonly since?: string;
}

type ReferenceEnums = Record<string, Record<string, number>>;

interface ReferenceMessage {
  readonly since?: string;
  readonly fields: Record<string, ReferenceField>;
  readonly enums?: ReferenceEnums;
}

interface Reference {
  readonly packages: Record<
    string,
    {
      readonly services: Record<string, Record<string, ReferenceMethod>>;
      readonly enums: ReferenceEnums;
      readonly messages: Record<string, ReferenceMessage>;
    }
  >;
}

/** One fact a line, so that tables are compared as sets and read well in a diff. */
function rpcFact(
  path: string,
  streams: readonly [boolean, boolean],
  types: readonly [string, string],
): string {
  const [request, response] = types.map((type, side) => (streams[side] ? `stream ${type}` : type));
  return `rpc ${path}: ${request} -> ${response}`;
}

function messageFact(name: string, since: string | undefined): string {
  return `message ${name}${sinceText(since)}`;
}

function fieldFact(message: string, name: string, field: ReferenceField): string {
  const type = field.repeated ? `repeated ${field.type}` : field.type;
  const oneof = field.oneof === undefined ? '' : ` oneof ${field.oneof}`;
  return `field ${message}.${name} = ${field.id}: ${type}${oneof}${sinceText(field.since)}`;
}

function enumFact(name: string, value: string, number: number): string {
  return `enum ${name}.${value} = ${number}`;
}

function sinceText(since: string | undefined): string {
  return since === undefined ? '' : ` since ${since}`;
}

/** The version at the end of a comment such as "... Since 3.4." */
function sinceOf(comment: string | null): string | undefined {
  return /Since (\d+\.\d+)\.$/.exec(comment ?? '')?.[1];
}

function factsOfProto(root: protobuf.Root): string[] {
  const { messages, enums, services } = allTypes(root);
  const facts: string[] = [];
  for (const service of services) {
    for (const method of service.methodsArray) {
      const path = `/${fullName(service)}/${method.name}`;
      const streams = [method.requestStream === true, method.responseStream === true] as const;
      const types = [method.resolvedRequestType, method.resolvedResponseType].map((type) =>
        type === null ? '?' : fullName(type),
      );
      facts.push(rpcFact(path, streams, [types[0] ?? '?', types[1] ?? '?']));
    }
  }
  for (const message of messages) {
    const name = fullName(message);
    facts.push(messageFact(name, sinceOf(message.comment)));
    for (const field of message.fieldsArray) {
      const since = sinceOf(field.comment);
      facts.push(
        fieldFact(name, field.name, {
          id: field.id,
          type: field.resolvedType === null ? field.type : fullName(field.resolvedType),
          repeated: field.repeated,
          ...(field.partOf === null ? {} : { oneof: field.partOf.name }),
          ...(since === undefined ? {} : { since }),
        }),
      );
    }
  }
  for (const type of enums) {
    for (const [value, number] of Object.entries(type.values))
      facts.push(enumFact(fullName(type), value, number));
  }
  return facts;
}

/**
 * The reference writes a path as /package/Service/Method. What travels is /package.Service/Method, as
 * gRPC has it, so that is the form of our facts.
 */
function travellingPath(path: string): string {
  return path.replace(/^\/([^/]+)\/([^/]+)\/([^/]+)$/, '/$1.$2/$3');
}

function factsOfReference({ packages }: Reference): string[] {
  const facts: string[] = [];
  const addEnums = (scope: string, enums: ReferenceEnums): void => {
    for (const [name, values] of Object.entries(enums)) {
      for (const [value, number] of Object.entries(values))
        facts.push(enumFact(`${scope}.${name}`, value, number));
    }
  };
  for (const [packageName, { services, enums, messages }] of Object.entries(packages)) {
    const named = (type: string): string => (type.includes('.') ? type : `${packageName}.${type}`);
    for (const methods of Object.values(services)) {
      for (const method of Object.values(methods)) {
        const streams = [method.requestStream === true, method.responseStream === true] as const;
        facts.push(
          rpcFact(travellingPath(method.path), streams, [
            named(method.request),
            named(method.response),
          ]),
        );
      }
    }
    addEnums(packageName, enums);
    for (const [messageName, message] of Object.entries(messages)) {
      const name = `${packageName}.${messageName}`;
      const inner = message.enums ?? {};
      addEnums(name, inner);
      facts.push(messageFact(name, message.since));
      for (const [fieldName, field] of Object.entries(message.fields)) {
        const scalar = field.type in protobuf.types.basic;
        const type =
          field.type in inner ? `${name}.${field.type}` : scalar ? field.type : named(field.type);
        facts.push(fieldFact(name, fieldName, { ...field, type }));
      }
    }
  }
  return facts;
}

/** What one side says and the other does not; empty when they agree. */
function differences(
  left: readonly string[],
  leftName: string,
  right: readonly string[],
  rightName: string,
): string[] {
  const missing = (from: readonly string[], inside: readonly string[]): string[] => {
    const known = new Set(inside);
    return from.filter((fact) => !known.has(fact));
  };
  return [
    ...missing(left, right).map((fact) => `only in ${leftName}: ${fact}`),
    ...missing(right, left).map((fact) => `only in ${rightName}: ${fact}`),
  ];
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

const argumentsGiven = process.argv.slice(2);
const referencePath = argumentsGiven.find((argument) => !argument.startsWith('--'));
const reference =
  referencePath === undefined ? undefined : factsOfReference(readJson<Reference>(referencePath));

if (argumentsGiven.includes('--write')) {
  if (reference === undefined) throw new Error('--write needs the path of a reference');
  const about =
    'What the etcd v3 wire protocol says, one fact a line; npm run check:wire compares proto/ with it.';
  writeFileSync(
    KEPT_TABLE,
    `${JSON.stringify({ about, facts: [...reference].sort() }, undefined, 2)}\n`,
  );
}

const proto = factsOfProto(loadProto());
const kept = readJson<{ readonly facts: readonly string[] }>(KEPT_TABLE).facts;
const found = differences(proto, 'proto/', kept, 'the kept table');
if (reference !== undefined)
  found.push(...differences(proto, 'proto/', reference, 'the reference'));
for (const line of found) console.error(line);
if (found.length > 0) {
  console.error(`proto/ and the protocol differ in ${found.length} facts`);
  process.exitCode = 1;
} else {
  const rpcs = proto.filter((fact) => fact.startsWith('rpc ')).length;
  console.log(`proto/ agrees with the protocol: ${proto.length} facts, ${rpcs} RPCs`);
}
