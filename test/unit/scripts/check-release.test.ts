import { describe, expect, it } from 'vitest';
import {
  addressesToFillIn,
  readChangelog,
  releaseProblems,
} from '../../../scripts/check-release.js';

const page = (...lines: readonly string[]) => ['# Changelog', ...lines].join('\n');

describe('the changelog', () => {
  it('has its versions with their dates and the number of their entries', () => {
    const text = page('## [Unreleased]', '## [1.1.0] - 2026-02-01', '### Added', '- one', '- two');
    expect(readChangelog(text)).toEqual({
      wrong: [],
      versions: [
        { version: 'Unreleased', date: undefined, entries: 0 },
        { version: '1.1.0', date: '2026-02-01', entries: 2 },
      ],
    });
  });

  it.each([
    ['a version without a date', ['## [Unreleased]', '## [1.0.0]'], /:3: 1\.0\.0 has no date/],
    ['a heading of another form', ['## [Unreleased]', '## 1.0.0'], /:3: not "## \[1\.2\.3\]/],
    ['a kind that there is not', ['## [Unreleased]', '### News'], /:3: not one of Added/],
    ['no place for what comes', ['## [1.0.0] - 2026-01-01'], /begins with Unreleased/],
    [
      'a version twice',
      ['## [Unreleased]', '## [1.0.0] - 2026-01-01', '## [1.0.0] - 2026-01-02'],
      /:4: 1\.0\.0 is there twice/,
    ],
  ])('must not have %s', (_what, lines, wanted) => {
    expect(readChangelog(page(...lines)).wrong.join('\n')).toMatch(wanted);
  });
});

describe('a release', () => {
  const { versions } = readChangelog(
    page('## [Unreleased]', '## [1.0.0] - 2026-01-01', '### Added', '- all'),
  );

  it('is ready when tag, package and changelog agree', () => {
    expect(releaseProblems('v1.0.0', '1.0.0', versions)).toEqual([]);
  });

  it('is not when they do not, or when something is left', () => {
    expect(releaseProblems('v1.1.0', '1.0.0', versions)).toEqual([
      'package.json has 1.0.0, the tag v1.1.0',
      'CHANGELOG.md has no 1.1.0',
    ]);
    const left = readChangelog(page('## [Unreleased]', '- more', '## [1.0.0] - 2026-01-01'));
    expect(releaseProblems('v1.0.0', '1.0.0', left.versions)).toEqual([
      'CHANGELOG.md has no entry for 1.0.0',
      'CHANGELOG.md still has entries under Unreleased',
    ]);
  });

  it('to publish needs the addresses that are not known here', () => {
    const known = { repository: 'r', homepage: 'h', bugs: { url: 'b' } };
    expect(addressesToFillIn(known)).toEqual([]);
    expect(addressesToFillIn({ repository: 'r' })).toEqual([
      'package.json has no homepage',
      'package.json has no bugs',
    ]);
  });
});
