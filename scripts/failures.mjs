// The end of what `npm test` prints before its sum: a list of all that failed, in all runs, so that the
// last lines of a long output always tell it.

import { stripVTControlCharacters } from 'node:util';

/** @typedef {import('./reporter.mjs').Failure} Failure */

/** The whole list is no longer than this. */
const MAX_LINES = 60;
const MAX_LINE_LENGTH = 240;
/** Of the message of each, where there is room for it. */
const MESSAGE_LINES = 4;

/**
 * The lines of a list of failures: project, file, name with the version of the server, and the beginning of
 * the message. Messages are shorter the more there are, and at last left out.
 *
 * @param {readonly Failure[]} failures
 * @returns {string[]}
 */
export function listFailures(failures) {
  if (failures.length === 0) return [];
  const room = Math.floor((MAX_LINES - 2) / failures.length) - 1;
  const messageLines = Math.min(MESSAGE_LINES, Math.max(0, room));
  const lines = failures.flatMap((failure) => [
    `- [${failure.project}] ${failure.file}: ${failure.name}`,
    ...beginning(failure.message, messageLines).map((line) => `    ${line}`),
  ]);
  const shown = lines.length > MAX_LINES - 1 ? lines.slice(0, MAX_LINES - 2) : lines;
  const more = lines.length - shown.length;
  return [
    'failed:',
    ...shown.map(cut),
    ...(more === 0 ? [] : [`and ${more} more, above in the output`]),
  ];
}

/**
 * @param {string} message
 * @param {number} count
 */
function beginning(message, count) {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (lines.length <= count) return lines;
  // The last line is the place in the code: worth more than one of many in the middle.
  return count < 2 ? lines.slice(0, count) : [...lines.slice(0, count - 1), ...lines.slice(-1)];
}

/** @param {string} line */
function cut(line) {
  const flat = line.replaceAll('\n', ' ');
  return flat.length <= MAX_LINE_LENGTH ? flat : `${flat.slice(0, MAX_LINE_LENGTH - 3)}...`;
}
