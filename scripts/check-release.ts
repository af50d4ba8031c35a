// `npm run check:release`: the changelog has its form, and the version is the same in all places. With a tag
// (`-- v1.2.3`) that version must be the one of the package, with a date and with nothing left unreleased.
// It also says which addresses are not in package.json yet; with `--publish` that is an error.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const HEADING = /^## \[(Unreleased|\d+\.\d+\.\d+(?:-[\w.]+)?)\](?: - (\d{4}-\d{2}-\d{2}))?$/;

interface Version {
  readonly version: string | undefined;
  readonly date: string | undefined;
  entries: number;
}

/** A version of the changelog. */
export type ChangelogVersion = Readonly<Version>;

/** Tells all that is wrong with a changelog, and which versions it has. */
export function readChangelog(text: string): {
  readonly wrong: string[];
  readonly versions: readonly ChangelogVersion[];
} {
  const wrong: string[] = [];
  const versions: Version[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const place = `CHANGELOG.md:${index + 1}`;
    const current = versions.at(-1);
    if (line.startsWith('## ')) {
      const [, version, date] = HEADING.exec(line) ?? [];
      if (version === undefined) wrong.push(`${place}: not "## [1.2.3] - 2026-01-31": ${line}`);
      else if (version === 'Unreleased' && versions.length > 0) {
        wrong.push(`${place}: Unreleased comes first`);
      } else if (version !== 'Unreleased' && date === undefined) {
        wrong.push(`${place}: ${version} has no date`);
      } else if (versions.some((one) => one.version === version)) {
        wrong.push(`${place}: ${version} is there twice`);
      }
      versions.push({ version, date, entries: 0 });
    } else if (line.startsWith('### ')) {
      if (!KINDS.includes(line.slice(4))) wrong.push(`${place}: not one of ${KINDS.join(', ')}`);
    } else if (line.startsWith('- ') && current !== undefined) {
      current.entries += 1;
    }
  }
  if (versions[0]?.version !== 'Unreleased') wrong.push('CHANGELOG.md: it begins with Unreleased');
  return { wrong, versions };
}

/** Tells what keeps a version from being released. */
export function releaseProblems(
  tag: string,
  packageVersion: string,
  versions: readonly ChangelogVersion[],
): readonly string[] {
  const version = tag.replace(/^v/, '');
  const released = versions.find((one) => one.version === version);
  return [
    ...(version === packageVersion ? [] : [`package.json has ${packageVersion}, the tag ${tag}`]),
    ...(released === undefined ? [`CHANGELOG.md has no ${version}`] : []),
    ...(released?.entries === 0 ? [`CHANGELOG.md has no entry for ${version}`] : []),
    ...((versions[0]?.entries ?? 0) > 0 ? ['CHANGELOG.md still has entries under Unreleased'] : []),
  ];
}

const ADDRESSES = ['repository', 'homepage', 'bugs'];

/** Tells which addresses a manifest does not have: they are known only where the repository lives. */
export function addressesToFillIn(manifest: object): readonly string[] {
  return ADDRESSES.filter((name) => !Object.hasOwn(manifest, name)).map(
    (name) => `package.json has no ${name}`,
  );
}

function check(): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
  const manifest: { readonly version: string } = JSON.parse(read('package.json'));
  const { version } = manifest;
  const { wrong, versions } = readChangelog(read('CHANGELOG.md'));
  if (!read('src', 'internal', 'version.ts').includes(`'${version}'`)) {
    wrong.push(`src/internal/version.ts does not have ${version}`);
  }
  const args = process.argv.slice(2);
  const tag = args.find((arg) => !arg.startsWith('--'));
  if (tag !== undefined) wrong.push(...releaseProblems(tag, version, versions));
  const missing = addressesToFillIn(manifest);
  if (args.includes('--publish')) wrong.push(...missing);
  else if (missing.length > 0) {
    for (const what of missing) console.log(`check:release: ${what}`);
    console.log('check:release: release.yml fills these in, from where the repository lives');
  }
  for (const what of wrong) console.error(`check:release: ${what}`);
  if (wrong.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) check();
