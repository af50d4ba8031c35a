import { fieldName } from './field-name.js';

/** The parsed protocol, as far as the conversion of messages needs it. */
export interface Descriptor {
  readonly nested?: Readonly<Record<string, Descriptor>>;
  readonly fields?: Readonly<Record<string, DescriptorField>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
}

interface DescriptorField {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
}

/** The kinds of value a field has. */
export type Scalar = 'bytes' | 'string' | 'bool' | 'int64' | 'uint64' | 'uint32';

/** The type of a field: a scalar, one of an enum's values, or a message. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'enum'; readonly numbers: Readonly<Record<string, number>> }
  | { readonly kind: 'message'; readonly message: MessageSchema };

export interface FieldSchema {
  /** The number on the wire. */
  readonly id: number;
  /** The name on the wire. */
  readonly wireName: string;
  /** The name in our records. */
  readonly name: string;
  /** `Message.field`, for errors. */
  readonly label: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** One of several fields of which at most one is there. */
  readonly inOneof: boolean;
}

export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  /** The names, in our records, of fields of which at most one is given. */
  readonly oneofs: readonly (readonly string[])[];
}

const SCALARS: ReadonlySet<string> = new Set<Scalar>([
  'bytes',
  'string',
  'bool',
  'int64',
  'uint64',
  'uint32',
]);

/** Finds the schemas of messages in the descriptor, and keeps those it has made. */
export class Schemas {
  private readonly root: Descriptor;
  private readonly known = new Map<string, MessageSchema>();

  constructor(root: Descriptor) {
    this.root = root;
  }

  /** The schema of a message by its full name, such as `etcdserverpb.PutRequest`. */
  message(fullName: string): MessageSchema {
    const known = this.known.get(fullName);
    if (known !== undefined) return known;
    const descriptor = this.find(fullName);
    const name = fullName.slice(fullName.lastIndexOf('.') + 1);
    const oneofs = Object.values(descriptor.oneofs ?? {}).map(({ oneof }) => oneof);
    const fields: FieldSchema[] = [];
    const schema = { name, fields, oneofs: oneofs.map((members) => members.map(fieldName)) };
    // Known before its fields are looked at: a transaction may contain a transaction.
    this.known.set(fullName, schema);
    for (const [wireName, field] of Object.entries(descriptor.fields ?? {})) {
      fields.push({
        id: field.id,
        wireName,
        name: fieldName(wireName),
        label: `${name}.${fieldName(wireName)}`,
        type: this.fieldType(field.type, fullName),
        repeated: field.rule === 'repeated',
        inOneof: oneofs.some((members) => members.includes(wireName)),
      });
    }
    return schema;
  }

  private fieldType(type: string, scope: string): FieldType {
    if (isScalar(type)) return { kind: 'scalar', scalar: type };
    const fullName = this.resolve(type, scope);
    const numbers = this.find(fullName).values;
    if (numbers !== undefined) return { kind: 'enum', numbers };
    return { kind: 'message', message: this.message(fullName) };
  }

  /** A type's name is looked for inside the message, then in its package, then from the top. */
  private resolve(type: string, scope: string): string {
    for (let within = scope; within !== ''; within = parentOf(within)) {
      if (this.lookUp(`${within}.${type}`) !== undefined) return `${within}.${type}`;
    }
    return type;
  }

  private find(fullName: string): Descriptor {
    const found = this.lookUp(fullName);
    if (found === undefined) throw new Error(`the protocol has no ${fullName}`);
    return found;
  }

  private lookUp(fullName: string): Descriptor | undefined {
    let found: Descriptor | undefined = this.root;
    for (const name of fullName.split('.')) found = found?.nested?.[name];
    return found;
  }
}

function isScalar(type: string): type is Scalar {
  return SCALARS.has(type);
}

function parentOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
}
