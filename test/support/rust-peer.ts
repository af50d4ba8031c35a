import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { findDebianSource } from '../../scripts/etcd/apt-source.mjs';
import { onPath } from '../../scripts/etcd/find.mjs';
import { unpackPackages } from '../../scripts/etcd/install.mjs';
import { buildStep, type Found, type LockServiceProgram } from './lock-service-peer.js';
import { builtPeer } from './peer-cache.js';
import { isWholeMatrix } from './versions.js';

/** The build takes 105 seconds of processor time: minutes on a machine that does other things, too. */
const BUILD_TIMEOUT_MS = 900_000;
const SUITE = 'bookworm';
/** The compiler of protocols that etcd-client is built with, its libraries, and the files it includes. */
const PROTOC = ['protobuf-compiler', 'libprotoc32', 'libprotobuf32', 'libprotobuf-dev', 'zlib1g'];

/** Built by `npm run test:matrix` alone. */
export const rustProgram: LockServiceProgram = { wanted: isWholeMatrix, build: buildRust };

/** The program on etcd-client, or why there is none. */
async function buildRust(): Promise<Found> {
  const cargo = await onPath('cargo');
  if (cargo === undefined) return { missing: 'there is no Rust on this machine' };
  const built = await builtPeer({
    name: 'the Rust client',
    folder: 'rust',
    build: async (source, output) => {
      const work = await mkdtemp(join(tmpdir(), 'etcd-kit-rust-'));
      try {
        const env = { ...process.env, ...(await protocOf(work)) };
        const target = join(work, 'target');
        const manifest = ['--manifest-path', join(source, 'Cargo.toml')];
        const args = ['build', '--quiet', '--locked', ...manifest, '--target-dir', target];
        await buildStep(cargo, args, { env, timeoutMs: BUILD_TIMEOUT_MS });
        await copyFile(join(target, 'debug', 'peer'), output);
      } finally {
        // The compilers of a build that was given up may write for a moment.
        await rm(work, { recursive: true, force: true, maxRetries: 10 });
      }
    },
  });
  if ('missing' in built) return built;
  return { name: 'the Rust program', path: built.path };
}

/** What tells the build where the compiler of protocols is: nothing where it is installed. */
async function protocOf(work: string): Promise<Readonly<Record<string, string>>> {
  if ((await onPath('protoc')) !== undefined) return {};
  const source = await findDebianSource();
  if (source === undefined) throw new Error('there is no protoc on this machine');
  const log = () => {};
  const options = { work, suite: SUITE, packages: PROTOC, label: 'protoc', source, log };
  const root = await unpackPackages(options);
  const usr = join(root, 'usr');
  const names = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as Record<string, string>;
  const platform = names[process.arch];
  if (platform === undefined) throw new Error(`there is no protoc for ${process.arch}`);
  return {
    PROTOC: join(usr, 'bin', 'protoc'),
    PROTOC_INCLUDE: join(usr, 'include'),
    LD_LIBRARY_PATH: ['usr/lib', 'lib'].map((lib) => join(root, lib, platform)).join(':'),
  };
}
