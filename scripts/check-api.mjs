// `npm run check:api`: the public API of each entry point, as the built declarations in dist/ have it,
// must be what `api/<entry point>.api.md` says. So no change of it goes unseen. `--write` takes the API of
// now over into the reports, which are then looked at and committed like any other file.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor';
import { log, root } from './setup.mjs';

const REPORTS = join(root, 'api');
const MADE_NOW = join(root, '.cache', 'api');

const write = process.argv.includes('--write');
const { exports: entryPoints } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The name of each report, and the declarations that it is about. */
const declarations = new Map(
  Object.entries(entryPoints)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, { import: module }]) => [
      `${path === '.' ? 'index' : path.slice('./'.length)}.api.md`,
      join(root, module.replace(/\.js$/, '.d.ts')),
    ]),
);

const missing = [...declarations.values()].find((file) => !existsSync(file));
if (missing === undefined) {
  check();
} else {
  log(`check:api: ${missing} is not there: run \`npm run build\` first`);
  process.exitCode = 1;
}

function check() {
  mkdirSync(REPORTS, { recursive: true });
  mkdirSync(MADE_NOW, { recursive: true });
  const configs = [...declarations].map(([report, file]) => configOf(report, file));
  const [first] = configs;
  if (first === undefined) return;
  // One program for all: most of the work is the compiler's.
  const additionalEntryPoints = [...declarations.values()];
  const compilerState = CompilerState.create(first, { additionalEntryPoints });
  const changed = configs.filter((config) => makeReport(config, compilerState));
  const abandoned = readdirSync(REPORTS).filter((report) => !declarations.has(report));
  for (const report of abandoned) {
    if (write) rmSync(join(REPORTS, report));
    else log(`check:api: api/${report} is about an entry point that package.json does not have`);
  }
  for (const { fileName: report } of changed.flatMap(({ reportConfigs }) => reportConfigs)) {
    if (write) log(`check:api: api/${report} is new`);
    else show(report);
  }
  if (write || changed.length + abandoned.length === 0) return;
  log('check:api: if this is what you want, run `npm run check:api -- --write`, and commit api/');
  process.exitCode = 1;
}

/**
 * Makes one report; answers whether it differs from the one that is kept.
 *
 * @param {ExtractorConfig} config
 * @param {CompilerState} compilerState
 */
function makeReport(config, compilerState) {
  const { apiReportChanged } = Extractor.invoke(config, {
    compilerState,
    localBuild: write,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) {
        log(`check:api: ${message.text}`);
        process.exitCode = 1;
      }
    },
  });
  return apiReportChanged;
}

/**
 * @param {string} report
 * @param {string} file
 */
function configOf(report, file) {
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: file,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            lib: ['es2023', 'esnext.disposable'],
            module: 'node16',
            moduleResolution: 'node16',
            strict: true,
            types: ['node'],
          },
          files: [file],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: REPORTS,
        reportTempFolder: MADE_NOW,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
}

/**
 * Shows how a report differs, as `git diff` does.
 *
 * @param {string} report
 */
function show(report) {
  const kept = join(REPORTS, report);
  if (!existsSync(kept)) {
    log(`check:api: there is no api/${report}: the entry point is new`);
    return;
  }
  log(`check:api: the API is not what api/${report} says:`);
  const args = ['diff', '--no-index', '--no-color', '--', kept, join(MADE_NOW, report)];
  const { stdout } = spawnSync('git', args, { encoding: 'utf8' });
  // The first four lines name the two files.
  log(stdout.split('\n').slice(4).join('\n'));
}
