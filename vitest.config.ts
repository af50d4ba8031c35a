import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Servers that tests start by `etcd-kit/testing` come from where set-up puts them. */
const etcdCache =
  process.env['ETCD_KIT_CACHE'] || fileURLToPath(new URL('./.cache/etcd', import.meta.url));

/** Tests import the package by its name, as its users do, and get the sources. */
const alias = [
  { find: /^etcd-kit$/, replacement: source('index.ts') },
  { find: /^etcd-kit\/(.+)$/, replacement: source('$1/index.ts') },
];

/**
 * Files that take longest, whatever their size: they start first, so that none of them runs alone at the end. Those
 * that start many programs stand apart from each other.
 */
const LONGEST = [
  'simulation/simulation',
  'types/txn-compile-time',
  'linearizability/checker',
  'package/package',
  'integration/lease',
  'integration/auth-token',
  'examples/worker-fleet',
  'docs/docs-run',
  'integration/proxies',
  'faults/failover',
  'faults/iteration-breaks',
  'faults/deadline',
  'faults/close',
  'faults/lock-cluster',
  'faults/recipes',
  'faults/endpoints',
  'faults/lease',
  'faults/lease-cluster',
  'faults/watch-cuts',
  'faults/slow-link',
  'faults/cache-history',
  'faults/lock-exclusion',
];

/**
 * Projects whose files share processes and what they import, which takes longer than most of their tests. Such a file
 * leaves nothing behind: no client, no timer, no changed global; mocks of modules come with `vi.resetModules()`.
 * A process serves one project alone, so the files of each stand together, in this order and after all others.
 */
const SHARED = ['property', 'unit', 'peers', 'memory', 'integration', 'faults'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      // A file of the real server's suites is one of the suites in memory as well, and takes little time there.
      const isLong = index !== -1 && project.name !== 'memory';
      return isLong ? index : LONGEST.length + 1 + SHARED.indexOf(project.name);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** The suites of real servers that run on an etcd in memory as well (`npm run test:memory`). */
const inMemory = [
  ...['kv', 'txn', 'update', 'views', 'selection', 'selection-iteration'],
  ...['watch', 'watch-progress', 'watch-fragments', 'follow', 'lease', 'session'],
  ...['mutex', 'lock-queue', 'lock-waits', 'election', 'run-as-leader', 'stm'],
  ...['semaphore', 'read-write-mutex', 'barriers'],
  ...['discovery-registration', 'discovery-watch', 'discovery-resolver'],
].map((name) => `test/integration/${name}.test.ts`);

/** Servers of tests live for seconds: a fifth of their work is to collect garbage before there is much of it. */
const SHORT_LIVES = { GOGC: '400' };

/** What a project has that is not like the others. */
interface ProjectChanges {
  readonly include?: string[];
  readonly env?: Record<string, string>;
}

/**
 * One project per folder of `test/`. Projects of one group run side by side, groups one after the
 * other. Tests with servers wait more than they compute, so there are more workers than cores; what
 * breaks things on purpose (`faults`) runs apart from the rest.
 */
const project = (
  name: string,
  group: number,
  maxWorkers: number,
  setupFiles: readonly string[] = [],
  more: ProjectChanges = {},
) => ({
  resolve: { alias },
  test: {
    name,
    include: more.include ?? [`test/${name}/**/*.test.ts`],
    env: { ETCD_KIT_CACHE: etcdCache, ...SHORT_LIVES, ...more.env },
    isolate: !SHARED.includes(name),
    setupFiles: ['test/support/warnings.ts', 'test/support/batching.ts', ...setupFiles],
    pool: 'forks' as const,
    maxWorkers,
    sequence: { groupOrder: group },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    restoreMocks: true,
    unstubEnvs: true,
  },
});

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', 0, 2, ['test/support/seed.ts']),
      project('property', 0, 2, ['test/support/seed.ts']),
      project('types', 0, 2),
      project('simulation', 0, 2),
      project('linearizability', 0, 2),
      project('integration', 1, 5, ['test/support/log-watch.ts']),
      project('memory', 1, 5, ['test/support/left-out-in-memory.ts'], {
        include: inMemory,
        env: { ETCD_KIT_MEMORY: '1' },
      }),
      project('peers', 1, 5),
      project('docs', 1, 5),
      project('examples', 1, 5),
      project('package', 1, 5),
      project('faults', 2, 5),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/rpc/generated/**'] },
  },
});
