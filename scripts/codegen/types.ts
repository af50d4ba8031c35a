import type protobuf from 'protobufjs';
import { fieldName } from '../../src/rpc/field-name.js';
import { allTypes, fullName } from './proto.js';

const SCALARS: Readonly<Record<string, string>> = {
  bytes: 'Uint8Array',
  string: 'string',
  bool: 'boolean',
  int32: 'number',
  uint32: 'number',
  int64: 'bigint',
  uint64: 'bigint',
};

/** Read: every field is there, with its default if need be. Written: every field may be left out. */
type Side = 'read' | 'written';

/** Makes the TypeScript module of all raw records. */
export function renderTypes(root: protobuf.Root, header: string): string {
  const { messages, enums } = allTypes(root);
  refuseDoubleNames([...messages.flatMap((m) => [m.name, inputName(m)]), ...enums.map(enumName)]);
  return [
    header,
    `/** Read in place of an enum value that is newer than this library. It cannot be written. */
export type Unrecognized = 'UNRECOGNIZED';`,
    ...enums.map(renderEnum),
    ...messages.flatMap((message) => [
      renderMessage(message, 'read'),
      renderMessage(message, 'written'),
    ]),
    renderMessageMap(messages),
    '',
  ].join('\n\n');
}

/** The TypeScript name of an enum; one that is called just `Type` takes its message's name before it. */
export function enumName(type: protobuf.Enum): string {
  return type.name === 'Type' ? `${type.parent?.name ?? ''}Type` : type.name;
}

function inputName(message: protobuf.Type): string {
  return `${message.name}Input`;
}

function refuseDoubleNames(names: readonly string[]): void {
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new Error(`Two types would be called ${double}`);
}

function renderEnum(type: protobuf.Enum): string {
  const values = Object.keys(type.values).map((value) => `'${value}'`);
  return `${docstring('', type.comment ?? `The values of \`${fullName(type)}\`.`)}
export type ${enumName(type)} = ${values.join(' | ')};`;
}

function renderMessage(message: protobuf.Type, side: Side): string {
  const name = side === 'read' ? message.name : inputName(message);
  const words =
    side === 'read' ? 'as it is read' : 'as it is written; a field left out has its default';
  const about = [`\`${fullName(message)}\`, ${words}.`, message.comment ?? ''].join(' ').trim();
  const own = message.fieldsArray.filter((field) => field.partOf === null);
  const unions = message.oneofsArray.map((oneof) => renderOneof(oneof, side));
  const body =
    own.length === 0
      ? '{}'
      : `{\n${own.map((field) => renderField('  ', field, side)).join('\n')}\n}`;
  if (unions.length > 0) {
    const parts = own.length === 0 ? unions : [body, ...unions.map((union) => `(${union})`)];
    return `${docstring('', about)}\nexport type ${name} =${own.length === 0 ? '' : ' '}${parts.join(' & ')};`;
  }
  if (own.length === 0)
    return `${docstring('', about)}\nexport type ${name} = Readonly<Record<never, never>>;`;
  return `${docstring('', about)}\nexport interface ${name} ${body}`;
}

/** Exactly one member is there, or none. */
function renderOneof(oneof: protobuf.OneOf, side: Side): string {
  const cases = [...oneof.fieldsArray, undefined].map((chosen) => {
    const members = oneof.fieldsArray.map((field) =>
      field === chosen
        ? `${fieldDocstring('      ', field)}      readonly ${fieldName(field.name)}: ${valueType(field, side)};`
        : `${docstring('      ', 'Left out: another one is set.')}\n      readonly ${fieldName(field.name)}?: undefined;`,
    );
    return `  | {\n${members.join('\n')}\n    }`;
  });
  return `\n${cases.join('\n')}`;
}

function renderField(indent: string, field: protobuf.Field, side: Side): string {
  const type = fieldType(field, side);
  const name = side === 'read' ? fieldName(field.name) : `${fieldName(field.name)}?`;
  const optional = side === 'written' || (isMessage(field) && !field.repeated);
  return `${fieldDocstring(indent, field)}${indent}readonly ${name}: ${type}${optional ? ' | undefined' : ''};`;
}

function fieldType(field: protobuf.Field, side: Side): string {
  const type = valueType(field, side);
  if (!field.repeated) return type;
  const element = type.includes(' ') ? `(${type})` : type;
  return side === 'read' ? `${element}[]` : `readonly ${element}[]`;
}

function valueType(field: protobuf.Field, side: Side): string {
  const resolved = field.resolvedType;
  if (resolved === null) {
    const scalar = SCALARS[field.type];
    if (scalar === undefined)
      throw new Error(`${field.fullName}: no TypeScript type for ${field.type}`);
    return scalar;
  }
  if ('values' in resolved) {
    return side === 'read' ? `${enumName(resolved)} | Unrecognized` : enumName(resolved);
  }
  return side === 'read' ? resolved.name : inputName(resolved);
}

function isMessage(field: protobuf.Field): boolean {
  return field.resolvedType !== null && !('values' in field.resolvedType);
}

function renderMessageMap(messages: readonly protobuf.Type[]): string {
  const rows = messages.map(
    (message) =>
      `  /** \`${fullName(message)}\`. */
  '${fullName(message)}': { readonly read: ${message.name}; readonly written: ${inputName(message)} };`,
  );
  return `/** Every message by its full name, as it is read and as it is written. */
export interface MessageTypes {
${rows.join('\n')}
}`;
}

/** The comment of the field; without one, its name on the wire, which etcd's own documentation explains. */
function fieldDocstring(indent: string, field: protobuf.Field): string {
  const kind = `${field.repeated ? 'repeated ' : ''}${field.type}`;
  const about = field.comment ?? `Field \`${field.name}\` of the message, ${kind}.`;
  return `${docstring(indent, about)}\n`;
}

function docstring(indent: string, text: string): string {
  return `${indent}/** ${text.replaceAll('\n', ' ')} */`;
}
