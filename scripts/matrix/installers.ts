import {
  type Cell,
  CONSUMED,
  expectOutput,
  type Group,
  type Place,
  type Project,
} from './cells.js';

interface Installer {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Installs, and runs the program. */
  run(tool: Project, project: Project, name: string): Promise<string>;
}

const INSTALLERS: readonly Installer[] = [
  {
    name: 'pnpm',
    package: 'pnpm',
    version: '10',
    async run(tool, project, name) {
      const pnpm = tool.path('pnpm/bin/pnpm.cjs');
      const store = ['--store-dir', `${project.folder}/store`];
      await project.run('node', pnpm, 'install', '--ignore-scripts', ...store);
      return project.run('node', 'main.mjs', 'grpc-js', name);
    },
  },
  {
    name: 'yarn, Plug and Play',
    package: '@yarnpkg/cli-dist',
    version: '4',
    async run(tool, project, name) {
      const yarn = tool.path('@yarnpkg/cli-dist/bin/yarn.js');
      const registry = (await project.run('npm', 'config', 'get', 'registry')).trim();
      await project.write('yarn.lock', '');
      await project.write(
        '.yarnrc.yml',
        [
          'nodeLinker: pnp',
          'enableGlobalCache: false',
          'enableTelemetry: false',
          'enableScripts: false',
          `npmRegistryServer: ${JSON.stringify(registry.replace(/\/$/, ''))}`,
        ].join('\n'),
      );
      await project.run('node', yarn, 'install');
      return project.run('node', yarn, 'node', 'main.mjs', 'grpc-js', name);
    },
  },
];

/** Package managers that lay packages out in their own way. */
export const installers: Group = {
  title: 'Package managers',
  cells: (place) => INSTALLERS.map((installer) => cellOf(place, installer)),
};

function cellOf(place: Place, installer: Installer): Cell {
  const folder = `installer-${installer.package.replace(/\W/g, '-')}`;
  return {
    row: installer.name,
    column: 'install and import',
    async run() {
      const tools = { [installer.package]: installer.version };
      const tool = await place.project(`${folder}-tool`, tools);
      const project = await place.project(folder);
      const dependencies = { 'etcd-kit': `file:${place.tarball}` };
      await project.write('package.json', JSON.stringify({ private: true, dependencies }));
      expectOutput(await installer.run(tool, project, folder), CONSUMED);
      return `${installer.name} ${await tool.versionOf(installer.package)}`;
    },
  };
}
