import type { ErrorDetails } from '../../errors/index.js';
import { EtcdStartError } from '../errors.js';

interface Reason {
  readonly pattern: RegExp;
  /** The way out, where etcd's own words are not enough. */
  readonly advice: string;
}

const PORT_TAKEN = /address already in use|Only one usage of each socket address/;
const FOLDER_TAKEN = /flocked by another process|holds the file lock|is used by another process/;

const REASONS: readonly Reason[] = [
  { pattern: PORT_TAKEN, advice: 'end the program that listens there, or take another port' },
  {
    pattern: FOLDER_TAKEN,
    advice: 'the data folder is in use: end its server, or take another one',
  },
  {
    pattern: /flag provided but not defined: \S+|invalid value .* for flag|unknown flag/,
    advice: 'this version of etcd does not take that flag',
  },
  { pattern: /not supported data format|wrong.*version|cannot downgrade/i, advice: '' },
];

/** Returns whether a server ended because one of its ports was taken. */
export function isPortTaken(logs: string): boolean {
  return PORT_TAKEN.test(logs);
}

/** Returns whether a server waits for another one to let go of its data folder. */
export function waitsForFolder(logs: string): boolean {
  return FOLDER_TAKEN.test(logs);
}

/** The error of a server that did not start, with the reason that its log tells. */
export function startError(
  what: string,
  logs: string,
  details?: Pick<ErrorDetails, 'cause'>,
): EtcdStartError {
  const reason = reasonIn(logs);
  return new EtcdStartError(reason === '' ? what : `${what}: ${reason}`, { ...details, logs });
}

function reasonIn(logs: string): string {
  const lines = logs.split('\n').filter((line) => line.trim() !== '');
  for (const { pattern, advice } of REASONS) {
    const line = lines.find((text) => pattern.test(text));
    if (line !== undefined) return [wordsOf(line), advice].filter((part) => part !== '').join('; ');
  }
  const fatal = lines.findLast((line) => /"level":"(error|panic|fatal)"/.test(line));
  return wordsOf(fatal ?? lines.at(-1) ?? '');
}

/** The message and the error of a line of the log; a line that is no record as it is. */
function wordsOf(line: string): string {
  try {
    const { msg, error } = JSON.parse(line) as { msg?: unknown; error?: unknown };
    return [msg, error].filter((part) => typeof part === 'string').join(': ');
  } catch {
    return line.trim();
  }
}
