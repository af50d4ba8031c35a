import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
 * One project per folder of `test/`. Projects of one group run side by side, groups one after the
 * other. Tests with servers wait more than they compute, so there is a worker more than cores; what
 * breaks things on purpose (`faults`) runs apart from the rest.
 */
const project = (
  name: string,
  group: number,
  maxWorkers: number,
  setupFiles: readonly string[] = [],
) => ({
  resolve: { alias },
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    env: { ETCD_KIT_CACHE: etcdCache },
    setupFiles: ['test/support/batching.ts', ...setupFiles],
    pool: 'forks' as const,
    maxWorkers,
    sequence: { groupOrder: group },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    retry: 0,
    restoreMocks: true,
    unstubEnvs: true,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 0, 2, ['test/support/seed.ts']),
      project('property', 0, 2, ['test/support/seed.ts']),
      project('types', 0, 2),
      project('simulation', 0, 2),
      project('integration', 1, 3),
      project('peers', 1, 3),
      project('docs', 1, 3),
      project('examples', 1, 3),
      project('package', 1, 3),
      project('faults', 2, 3),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/rpc/generated/**'] },
  },
});
