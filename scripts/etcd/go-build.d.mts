/** Resolves when no process builds servers into this cache any more. */
export function buildEnd(cache: string): Promise<void>;
