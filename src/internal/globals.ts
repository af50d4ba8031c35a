// Names of the platform in our declarations. A program that is compiled without the types of Node, of the
// DOM and of `esnext.disposable` has none of them; one that has gets nothing new, since interfaces merge.

declare global {
  /** No member: those are the platform's to declare. */
  interface AbortSignal {}

  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }

  interface Disposable {
    [Symbol.dispose](): void;
  }

  interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>;
  }
}

export {};
