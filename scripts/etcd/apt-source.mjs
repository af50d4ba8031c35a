// Finds the Debian mirror this machine already uses, from its own apt sources.

import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// Names of whole releases. Their `-updates` and `-security` companions are left
// out on purpose: a security mirror does not carry the packages of a release.
const DEBIAN_SUITES = new Set([
  'oldoldstable',
  'oldstable',
  'stable',
  'testing',
  'unstable',
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'sid',
]);

const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * The address of the first Debian mirror in a file in deb822 style (`*.sources`).
 *
 * @param {string} text
 * @returns {string | undefined}
 */
export function mirrorFromDeb822(text) {
  const uncommented = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  for (const stanza of uncommented.split(/\n\s*\n/)) {
    const fields = new Map();
    // A line that begins with a blank continues the field above it.
    for (const line of stanza.replace(/\n[ \t]+/g, ' ').split('\n')) {
      const colon = line.indexOf(':');
      if (colon > 0)
        fields.set(line.slice(0, colon).trim().toLowerCase(), words(line.slice(colon + 1)));
    }
    const [enabled = 'yes'] = fields.get('enabled') ?? [];
    const [uri] = fields.get('uris') ?? [];
    if (uri === undefined || /^(no|false|0|off|without|disable)$/i.test(enabled)) continue;
    if (
      isDebianRelease(
        fields.get('types') ?? [],
        fields.get('suites') ?? [],
        fields.get('components') ?? [],
      )
    ) {
      return uri;
    }
  }
  return undefined;
}

/**
 * The address of the first Debian mirror in a file of one-line entries (`sources.list`, `*.list`).
 *
 * @param {string} text
 * @returns {string | undefined}
 */
export function mirrorFromOneLine(text) {
  for (const line of text.split('\n')) {
    const withoutOptions = line.replace(/#.*/, '').replace(/\[[^\]]*\]/, ' ');
    const [type, uri, suite, ...components] = words(withoutOptions);
    if (
      type !== undefined &&
      uri !== undefined &&
      suite !== undefined &&
      isDebianRelease([type], [suite], components)
    ) {
      return uri;
    }
  }
  return undefined;
}

/**
 * The mirror and the keyring to use, or `undefined` on a machine that is no Debian.
 *
 * @param {string} [aptFolder]
 * @returns {Promise<{ mirror: string, keyring: string } | undefined>}
 */
export async function findDebianSource(aptFolder = '/etc/apt') {
  const keyring = await firstReadable(KEYRINGS);
  if (keyring === undefined) return undefined;
  const parts = await readdir(join(aptFolder, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))];
  for (const name of files) {
    const parse = name.endsWith('.sources')
      ? mirrorFromDeb822
      : name.endsWith('.list')
        ? mirrorFromOneLine
        : undefined;
    const mirror = parse?.(await readFile(join(aptFolder, name), 'utf8').catch(() => ''));
    if (mirror !== undefined) return { mirror, keyring };
  }
  return undefined;
}

/**
 * @param {readonly string[]} types
 * @param {readonly string[]} suites
 * @param {readonly string[]} components
 */
function isDebianRelease(types, suites, components) {
  return (
    types.includes('deb') &&
    suites.some((suite) => DEBIAN_SUITES.has(suite)) &&
    components.includes('main')
  );
}

/** @param {string} text */
function words(text) {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** @param {readonly string[]} paths */
async function firstReadable(paths) {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
