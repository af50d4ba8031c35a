/**
 * A type that an argument is checked against and does not choose. TypeScript has it as `NoInfer` from 5.4 on;
 * our declarations are for older compilers, too.
 */
export type Uninferred<T> = [T][T extends unknown ? 0 : never];
