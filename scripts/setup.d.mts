/** The project's folder. */
export const root: string;

/** Prints one short line of progress on stderr. */
export function log(line: string): void;
