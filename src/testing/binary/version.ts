import { invalidArgument, showWord } from '../../errors/index.js';

/** A minor version, or a whole one. */
const VERSION = /^\d+\.\d+(\.\d+)?$/;

/** Checks a version that is asked for and may be left out. */
export function checkVersion(name: string, value: unknown): asserts value is string | undefined {
  if (value === undefined || (typeof value === 'string' && VERSION.test(value))) return;
  throw invalidArgument(name, showWord(value), "a version such as '3.6' or '3.6.16'");
}

/** Returns whether a version is the wanted one, or a patch of the wanted minor version. */
export function isWanted(version: string, wanted: string | undefined): boolean {
  return wanted === undefined || version === wanted || version.startsWith(`${wanted}.`);
}

/** Orders versions such as `3.10.2` by their numbers. */
export function compareVersions(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}
