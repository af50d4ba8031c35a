/** The path of Go's command; `undefined` where there is none. */
export function findGo(): Promise<string | undefined>;

export interface GoBuildOptions {
  /** The folder with go.mod and go.sum. */
  readonly module: string;
  /** The main package, as an import path. Default: the package in that folder. */
  readonly main?: string | undefined;
  /** Where the program is written to. */
  readonly output: string;
}

/** Builds a program with the versions that go.sum has, for this machine. Rejects with the last lines of Go's output. */
export function goBuild(go: string, options: GoBuildOptions): Promise<void>;
