import type { Cell, Group, Place } from './cells.js';

const VERSIONS = [
  ...['5.0', '5.1', '5.2', '5.3', '5.4', '5.5', '5.6', '5.7', '5.8', '5.9'],
  ...['6.0', '7.0'],
];

/** Resolutions, each with the module setting that goes with it. */
const RESOLUTIONS = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' } as const;

/** Compilers: with and without the types of Node, with and without a check of our declarations. */
export const compilers: Group = {
  title: 'TypeScript',
  cells: (place) => VERSIONS.flatMap((version) => cellsOf(place, version)),
};

function cellsOf(place: Place, version: string): readonly Cell[] {
  const shared = place.shared(`typescript-${version}`, {
    typescript: `~${version}.0`,
    '@types/node': '^20.19.0',
  });
  return Object.entries(RESOLUTIONS).flatMap(([resolution, module]) =>
    [true, false].flatMap((withNode) =>
      [true, false].map((skipLibCheck): Cell => {
        const column = [
          resolution,
          ...(withNode ? [] : ['no @types/node']),
          ...(skipLibCheck ? ['skipLibCheck'] : []),
        ];
        return {
          row: `TypeScript ${version}`,
          column: column.join(', '),
          async run() {
            const project = await shared();
            const config = `tsconfig.${resolution}.${withNode}.${skipLibCheck}.json`;
            const compilerOptions = {
              ...{ target: 'es2022', lib: ['es2022'], strict: true, noEmit: true },
              ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
              ...{ module, moduleResolution: resolution, skipLibCheck },
              types: withNode ? ['node'] : [],
            };
            await project.write(config, JSON.stringify({ compilerOptions, files: ['types.ts'] }));
            await project.run('node', project.path('typescript/bin/tsc'), '-p', config);
            return `TypeScript ${await project.versionOf('typescript')}`;
          },
        };
      }),
    ),
  );
}
