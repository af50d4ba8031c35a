import type { Cell, Group, Place, Project } from './cells.js';

const VERSIONS = [
  ...['5.0', '5.1', '5.2', '5.3', '5.4', '5.5', '5.6', '5.7', '5.8', '5.9'],
  ...['6.0', '7.0'],
];

/** From here on the compiler is a program of its own, without an interface for scripts. */
const FIRST_NATIVE = '7.0';

/** Resolutions, each with the module setting that goes with it. */
const RESOLUTIONS = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' } as const;

interface Configuration {
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

/**
 * Compilers: with and without the types of Node, and with our declarations checked. What is right with that
 * check is right without it, so `skipLibCheck` is tried where the check finds something.
 */
export const compilers: Group = {
  title: 'TypeScript',
  cells: (place) => VERSIONS.flatMap((version) => cellsOf(place, version)),
};

function configuration(resolution: keyof typeof RESOLUTIONS, withNode: boolean): Configuration {
  return {
    compilerOptions: {
      ...{ target: 'es2022', lib: ['es2022'], strict: true, noEmit: true, skipLibCheck: false },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ module: RESOLUTIONS[resolution], moduleResolution: resolution },
      types: withNode ? ['node'] : [],
    },
    files: ['types.ts'],
  };
}

function cellsOf(place: Place, version: string): readonly Cell[] {
  const shared = place.shared(`typescript-${version}`, {
    typescript: `~${version}.0`,
    '@types/node': '^20.19.0',
  });
  const ways = Object.keys(RESOLUTIONS).flatMap((name) =>
    [true, false].map((withNode) => {
      const resolution = name as keyof typeof RESOLUTIONS;
      const column = withNode ? resolution : `${resolution}, no types of Node`;
      return { column, config: configuration(resolution, withNode) };
    }),
  );
  let said: Promise<Readonly<Record<string, string>>> | undefined;
  const all = Object.fromEntries(ways.map(({ column, config }) => [column, config]));
  return ways.map(({ column, config }) => ({
    row: `TypeScript ${version}`,
    column,
    async run() {
      const project = await shared();
      said ??= compile(project, version, all);
      const errors = (await said)[column] ?? '';
      if (errors !== '') {
        const compilerOptions = { ...config.compilerOptions, skipLibCheck: true };
        const again = await compile(project, version, { again: { ...config, compilerOptions } });
        if (again['again'] !== '') throw new Error(again['again']);
        throw new Error(`with \`skipLibCheck\` only: ${errors}`);
      }
      return `TypeScript ${await project.versionOf('typescript')}`;
    },
  }));
}

/** Errors of each configuration, as text. */
async function compile(
  project: Project,
  version: string,
  configurations: Readonly<Record<string, Configuration>>,
): Promise<Readonly<Record<string, string>>> {
  if (version !== FIRST_NATIVE) {
    const args = [project.path('typescript'), JSON.stringify(configurations)];
    return JSON.parse(await project.run('node', 'compile.mjs', ...args));
  }
  const said: Record<string, string> = {};
  for (const [name, config] of Object.entries(configurations)) {
    await project.write('tsconfig.json', JSON.stringify(config));
    const compiler = project.path('typescript/bin/tsc');
    said[name] = await project.run('node', compiler, '-p', 'tsconfig.json').then(
      () => '',
      (error: Error) => error.message,
    );
  }
  return said;
}
