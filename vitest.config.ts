import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Tests import the package by its name, as its users do, and get the sources. */
const alias = [
  { find: /^etcd-kit$/, replacement: source('index.ts') },
  { find: /^etcd-kit\/(.+)$/, replacement: source('$1/index.ts') },
];

/**
 * One project per folder of `test/`. Projects of one group run side by side, groups one after the
 * other; what measures time (`faults`) has the machine for itself.
 */
const project = (name: string, group: number, maxWorkers: number) => ({
  resolve: { alias },
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: ['test/support/batching.ts'],
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
      project('unit', 0, 2),
      project('property', 0, 2),
      project('types', 0, 2),
      project('integration', 1, 2),
      project('docs', 1, 2),
      project('package', 1, 2),
      project('faults', 2, 1),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/rpc/generated/**'] },
  },
});
