/** The parts of a class that branding needs; any error class fits. */
interface ErrorClass {
  readonly prototype: Error;
}

/**
 * Marks an error class so that `instanceof` holds for the same class of another copy of this package.
 *
 * A program can load the ESM and the CJS build at once; they have classes of equal names that are not
 * the same. A registered symbol on the prototype is the same for both. Also sets `name`, on the
 * prototype, so that stack traces begin with it. A user's own subclass is compared in the usual way.
 */
export function brandError(errorClass: ErrorClass, name: string, ...alsoKnownAs: string[]): void {
  Object.defineProperty(errorClass.prototype, 'name', {
    value: name,
    configurable: true,
    writable: true,
  });
  for (const brand of [name, ...alsoKnownAs]) {
    Object.defineProperty(errorClass.prototype, brandOf(brand), { value: true });
  }
  const symbol = brandOf(name);
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, candidate: unknown): boolean {
      if (this !== errorClass) return ordinaryHasInstance.call(this, candidate);
      return typeof candidate === 'object' && candidate !== null && symbol in candidate;
    },
  });
}

function brandOf(name: string): symbol {
  return Symbol.for(`etcd-kit.${name}`);
}

const ordinaryHasInstance: (this: unknown, candidate: unknown) => boolean =
  Function.prototype[Symbol.hasInstance];
