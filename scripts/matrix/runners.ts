import { type Cell, expectOutput, type Group, type Project } from './cells.js';

const TEST = `
test('the store keeps what is written, and its clock can be moved', async () => {
  const memory = new MemoryEtcd();
  const etcd = memory.client();
  await etcd.put('a', '1');
  expect((await etcd.get('a'))?.value).toBe('1');
  const real = new EtcdClient({ endpoints: process.env['ETCD'] ?? '' });
  expect((await real.cluster.members()).length).toBe(1);
  await real.close();
  await etcd.close();
  await memory.close();
});
`;
const IMPORTS = `import { EtcdClient } from 'etcd-kit';\nimport { MemoryEtcd } from 'etcd-kit/testing';\n`;
const REQUIRES = `const { EtcdClient } = require('etcd-kit');\nconst { MemoryEtcd } = require('etcd-kit/testing');\n`;

interface Runner {
  readonly name: string;
  readonly package: string;
  readonly dependencies: Readonly<Record<string, string>>;
  run(project: Project): Promise<string>;
}

const jest = (project: Project): Promise<string> =>
  project.run('node', project.path('jest/bin/jest.js'), '--json', '--rootDir=.', 'a.test');

const RUNNERS: readonly Runner[] = [
  {
    name: 'Jest',
    package: 'jest',
    dependencies: { jest: '30' },
    async run(project) {
      await project.write('a.test.js', REQUIRES + TEST);
      return jest(project);
    },
  },
  {
    name: 'ts-jest',
    package: 'ts-jest',
    dependencies: { jest: '29', 'ts-jest': '29', typescript: '5.9', '@types/jest': '29' },
    async run(project) {
      await project.write('jest.config.json', JSON.stringify({ preset: 'ts-jest' }));
      const compilerOptions = { module: 'commonjs', esModuleInterop: true, strict: true };
      const options = { ...compilerOptions, target: 'es2022', skipLibCheck: true };
      await project.write('tsconfig.json', JSON.stringify({ compilerOptions: options }));
      await project.write('a.test.ts', IMPORTS + TEST);
      return jest(project);
    },
  },
  {
    name: '@swc/jest',
    package: '@swc/jest',
    dependencies: { jest: '30', '@swc/jest': '0.2', '@swc/core': '1' },
    async run(project) {
      const transform = { '^.+\\.ts$': '@swc/jest' };
      await project.write('jest.config.json', JSON.stringify({ transform }));
      await project.write('a.test.ts', IMPORTS + TEST);
      return jest(project);
    },
  },
  {
    name: 'Vitest',
    package: 'vitest',
    dependencies: { vitest: '4.1' },
    async run(project) {
      const own = `import { expect, test } from 'vitest';\n`;
      await project.write('a.test.ts', own + IMPORTS + TEST);
      const script = project.path('vitest/vitest.mjs');
      return project.run('node', script, 'run', '--reporter=json', 'a.test.ts');
    },
  },
];

/** Test runners: a test with an etcd in memory and a real one. */
export const runners: Group = {
  title: 'Test runners',
  cells: (place) =>
    RUNNERS.map(
      ({ name, package: main, dependencies, run }): Cell => ({
        row: name,
        column: 'a test file',
        async run() {
          const project = await place.project(`runner-${name.replace(/\W/g, '-')}`, dependencies);
          expectOutput(await run(project), /"numPassedTests":\s*1,/);
          return `${name} ${await project.versionOf(main)}`;
        },
      }),
    ),
};
