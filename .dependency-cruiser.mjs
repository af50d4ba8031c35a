/**
 * Holds the layer picture of ARCHITECTURE.md. Each folder of `src/` lists the folders below it that
 * it may import; everything else is an error, so that a new edge is a decision and not an accident.
 * Imports of types count as imports.
 */
const base = ['diagnostics', 'errors', 'internal'];
const wire = ['transport', 'rpc', 'wire', ...base];
/** What the services have in common without seeing each other: keys, values, records, headers, call options. */
const model = ['model', ...wire];

const layers = {
  internal: [],
  errors: ['internal'],
  // Channels, payloads and the log: everything above may tell of itself.
  diagnostics: ['errors', 'internal'],
  wire: ['errors', 'internal'],
  rpc: ['errors', 'internal'],
  transport: ['rpc', 'wire', ...base],
  model: wire,
  kv: model,
  watch: model,
  lease: model,
  // It names the keys of a permission by selections.
  admin: ['kv', ...model],
  txn: ['kv', ...model],
  view: ['txn', 'kv', 'watch', ...model],
  // It reads the channels of the client, and nothing else of it.
  opentelemetry: base,
};

/** The wings of the transport, from one connection up to gathered calls. All see the files beside them. */
const wings = {
  channel: [],
  connection: ['channel'],
  call: ['connection', 'channel'],
  batching: ['call', 'connection'],
};

/** These sit on the client and see of it what a user sees, plus helpers that cannot reach etcd. */
const onTheClient = ['cache', 'concurrency', 'discovery', 'queue'];
/** What of these stands on another of them. */
/** @type {Record<string, string[]>} */
const onEachOther = { queue: ['concurrency'] };

/** It makes clients, servers and networks of its own: it sees the client and the seams of the transport. */
const forTests = 'testing';

/** @param {readonly string[]} folders */
const inFolders = (folders) => `^src/(${folders.join('|')})/`;

const layerRules = Object.entries(layers).map(([layer, below]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} may import ${below.length === 0 ? 'nothing else of src' : below.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: inFolders([layer, ...below]) },
}));

const wingRules = Object.entries(wings).map(([wing, below]) => ({
  name: `wing-${wing}`,
  comment: `src/transport/${wing} may import ${below.length === 0 ? 'no other wing' : below.join(', ')}`,
  severity: 'error',
  from: { path: `^src/transport/${wing}/` },
  to: {
    path: '^src/transport/[^/]+/',
    pathNot: `^src/transport/(${[wing, ...below].join('|')})/`,
  },
}));

const clientRules = onTheClient.map((layer) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} uses the public client alone (src/index.ts or the types of src/client.ts)`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: '^src/',
    pathNot: [
      '^src/(index|client)\\.ts$',
      inFolders([layer, ...(onEachOther[layer] ?? []), ...base]),
    ],
  },
}));

const testingRule = {
  name: `layer-${forTests}`,
  comment: `src/${forTests} uses the client, the transport and the messages of rpc`,
  severity: 'error',
  from: { path: `^src/${forTests}/` },
  to: {
    path: '^src/',
    pathNot: ['^src/[^/]+\\.ts$', inFolders([forTests, 'transport', 'rpc', ...base])],
  },
};

/**
 * @param {string} name
 * @param {string} packages
 * @param {string} homes
 */
const only = (name, packages, homes) => ({
  name,
  comment: `${packages} may be imported by ${homes} alone`,
  severity: 'error',
  from: { path: '^src/', pathNot: homes },
  to: { path: packages },
});

export default {
  forbidden: [
    ...layerRules,
    ...wingRules,
    ...clientRules,
    testingRule,
    {
      name: 'client-below-its-users',
      comment: 'The client and the main entry point know nothing of what stands on them',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$' },
      to: { path: inFolders([...onTheClient, 'opentelemetry', forTests]) },
    },
    {
      name: 'known-folders',
      comment: 'A new folder of src/ needs its place in the layers above',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: inFolders([...Object.keys(layers), ...onTheClient, forTests]),
      },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only(
      'grpc-in-transport-and-rpc',
      'node_modules/@grpc/',
      '^src/(transport/|rpc/|testing/memory/grpc-port\\.ts)',
    ),
    only('protobuf-in-rpc', 'node_modules/(@protobufjs/|protobufjs/|long/)', '^src/rpc/'),
    only('p-retry-in-retry', 'node_modules/p-retry/', '^src/transport/call/retry\\.ts$'),
    only('emitter-in-internal', 'node_modules/eventemitter3/', '^src/internal/'),
    {
      name: 'runtime-dependencies-only',
      comment:
        'What src imports must be installed with the package; types of @standard-schema vanish',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
    {
      name: 'node-builtins-where-they-belong',
      comment:
        'Connections, the reading of key files, snapshots and servers for tests need Node; the logic of the other layers does not',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(transport|wire|admin/maintenance|internal|diagnostics|testing|options(-env)?\\.ts)',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'src-stands-alone',
      comment: 'The library never imports tests, scripts, examples or benchmarks',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|examples|bench)/' },
    },
    {
      name: 'examples-as-users-write-them',
      comment: 'Examples and benchmarks import the package by its name and get its entry points',
      severity: 'error',
      from: { path: '^(examples|bench)/' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(index\\.ts|(cache|concurrency|diagnostics|discovery|opentelemetry|queue|rpc|testing)/index\\.ts)$',
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // What the benchmarks compare with has a folder of its own, inside what is looked at.
    exclude: { path: '^bench/node_modules/' },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
