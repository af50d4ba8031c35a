/** The modules that an entry point loads, itself among them: texts by paths. Dependencies are not followed. */
export function modulesOf(entry: string): ReadonlyMap<string, string>;
