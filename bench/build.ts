/** The package as it is published: benchmarks measure the build, with the types of the sources. */
export function built<Module>(path: string): Promise<Module> {
  return import(new URL(`../dist/esm/${path}`, import.meta.url).href);
}
