/** `true` where two types are the same, `any` and `readonly` included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` alone. */
export declare function same<Check extends true>(): Check;
