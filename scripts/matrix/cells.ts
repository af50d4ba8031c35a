/** What came of one way to use the package. */
export type Result =
  | { readonly kind: 'works'; readonly name: string }
  | { readonly kind: 'fails'; readonly reason: string }
  /** It could not be tried here. */
  | { readonly kind: 'absent'; readonly reason: string };

/** One way to use the package. */
export interface Cell {
  /** The tool, as it is asked for. */
  readonly row: string;
  readonly column: string;
  /** Resolves with the tool and its exact version when it works; throws when it does not. */
  run(): Promise<string>;
}

/** Ways of one kind. */
export interface Group {
  readonly title: string;
  /** Cells, which install what they need when they run. */
  cells(place: Place): readonly Cell[];
}

/** The part of the machine that the groups work on. */
export interface Place {
  /** The packed package. */
  readonly tarball: string;
  /** An etcd that all consumers talk to. */
  readonly endpoint: string;
  /** Makes an empty project, with the consumer's files; `dependencies` beside the package are installed. */
  project(name: string, dependencies?: Readonly<Record<string, string>>): Promise<Project>;
  /** As `project`, made by the first of several cells that share it. */
  shared(name: string, dependencies: Readonly<Record<string, string>>): () => Promise<Project>;
}

/** A user's project. */
export interface Project {
  readonly folder: string;
  write(file: string, text: string): Promise<void>;
  /** Runs a program in it and answers what it printed; throws with the end of its output. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** Version of an installed package. */
  versionOf(name: string): Promise<string>;
  /** Path of a file of an installed package. */
  path(name: string): string;
}

/** Thrown for what cannot be had on this machine. */
export class Absent extends Error {}

/** Throws unless a consumer has done what it should. */
export function expectOutput(output: string, wanted: RegExp): void {
  if (!wanted.test(output)) throw new Error(`unexpected output: ${output.slice(-300)}`);
}

/** What `consume.mjs` prints, and `main.cjs`. */
export const CONSUMED = /^consumed 1 2 1$/m;
export const REQUIRED = /^required yes 1 function$/m;
