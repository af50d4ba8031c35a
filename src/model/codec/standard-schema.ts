/**
 * The part of the Standard Schema convention (version 1) that is used here. Validators such as zod,
 * valibot and arktype have it, so that any of them fits without being a dependency.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties that the Standard Schema convention defines. */
  readonly '~standard': {
    /** The version of the convention. */
    readonly version: 1;
    /** The name of the library that made the validator. */
    readonly vendor: string;
    /** Checks a value. An asynchronous answer is refused: codecs are synchronous. */
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
    /** For the compiler alone. */
    readonly types?:
      | {
          /** The type that goes in. */
          readonly input: Input;
          /** The type that comes out. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** A validated value, or what is wrong with it. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** One thing that is wrong with a value. */
export interface StandardSchemaIssue {
  /** The text of the validator. */
  readonly message: string;
  /** The path to the place in the value; each step is a key, or an object that has it. */
  readonly path?:
    | readonly (
        | PropertyKey
        | {
            /** The key of this step. */
            readonly key: PropertyKey;
          }
      )[]
    | undefined;
}

/** The input type of a schema. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['input'];

/** The output type of a schema. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['output'];
