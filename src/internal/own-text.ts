/**
 * Gives an object what `read` answers as a property of its own, which copies and comparisons see. Where
 * `read` throws, the property throws when it is read.
 */
export function ownText<Name extends string>(
  object: { readonly [Key in Name]: unknown },
  name: Name,
  read: () => unknown,
): void {
  const property: PropertyDescriptor = { enumerable: true };
  try {
    property.value = read();
  } catch {
    property.get = read;
  }
  Object.defineProperty(object, name, property);
}
