import { invalidArgument } from '../../errors/index.js';
import { ignore } from '../../internal/deferred.js';
import type { Codec } from './codec.js';
import { decodeJson, encodeJson } from './json.js';
import type {
  SchemaInput,
  SchemaOutput,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from './standard-schema.js';

/** A value that its schema does not accept; `issues` says where and why. */
export class SchemaError extends TypeError {
  /** The things that are wrong, as the validator tells them. */
  readonly issues: readonly StandardSchemaIssue[];

  constructor(vendor: string, issues: readonly StandardSchemaIssue[]) {
    super(`${vendor}: ${issues.map(describeIssue).join('; ')}`);
    this.name = 'SchemaError';
    this.issues = issues;
  }
}

function describeIssue({ message, path }: StandardSchemaIssue): string {
  if (path === undefined || path.length === 0) return message;
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return `${steps.join('.')}: ${message}`;
}

/**
 * JSON whose shape is checked by a validator: any that follows the Standard Schema convention.
 *
 * Writing validates the value and stores it as it was given; reading parses, validates, and yields
 * what the schema makes of it, transformations included. A value that is not accepted is an error
 * that lists the issues. Validators must be synchronous: a promise is a `TypeError`.
 *
 * @example
 * const User = z.object({ id: z.number(), email: z.string() });
 * const people = etcd.namespace('people/').as(codecs.schema(User));
 */
export function schema<Schema extends StandardSchema>(
  validator: Schema,
): Codec<SchemaOutput<Schema>, SchemaInput<Schema>> {
  const standard = standardOf(validator);
  return {
    name: `schema (${standard.vendor})`,
    encode(value) {
      validate(standard, value);
      return encodeJson(value);
    },
    decode: (stored) => validate(standard, decodeJson(stored)),
  };
}

type Standard = StandardSchema['~standard'];

function standardOf(validator: StandardSchema): Standard {
  const standard = (validator as Partial<StandardSchema> | null | undefined)?.['~standard'];
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw invalidArgument('schema', validator, 'a validator with Standard Schema version 1');
  }
  return standard;
}

function validate(standard: Standard, value: unknown): unknown {
  const result = standard.validate(value);
  if (isPromise(result)) {
    // Its own failure is of no interest any more.
    result.catch(ignore);
    throw invalidArgument(
      'schema',
      standard.validate,
      'a validator that answers at once, no promise',
    );
  }
  if (result.issues !== undefined) throw new SchemaError(standard.vendor, result.issues);
  return result.value;
}

function isPromise<T>(
  result: StandardSchemaResult<T> | Promise<StandardSchemaResult<T>>,
): result is Promise<StandardSchemaResult<T>> {
  return 'then' in result;
}
