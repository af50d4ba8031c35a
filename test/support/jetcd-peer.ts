import { join } from 'node:path';
import { onPath } from '../../scripts/etcd/find.mjs';
import { lastLines } from '../../scripts/etcd/install.mjs';
import { run } from '../../scripts/etcd/run.mjs';
import { describeEtcd, type EtcdContext } from './describe-etcd.js';
import { builtPeer } from './peer-cache.js';
import {
  type Nothing,
  type Operation,
  type Peer,
  type PeerProgram,
  startPeer,
} from './peer-process.js';
import { skipSuite } from './skip.js';
import { isMatrix } from './versions.js';

/** What the program can be asked to do. jetcd locks and elects by the server's `Lock` and `Election` services. */
export interface LockServiceOperations {
  'lease.grant': Operation<{ readonly ttl: number }, { readonly lease: string }>;
  'lease.revoke': Operation<{ readonly lease: string }, Nothing>;
  lock: Operation<{ readonly name: string; readonly lease: string }, { readonly key: string }>;
  unlock: Operation<{ readonly key: string }, Nothing>;
  campaign: Operation<
    { readonly name: string; readonly lease: string; readonly value: string },
    { readonly key: string }
  >;
  proclaim: Operation<{ readonly key: string; readonly value: string }, Nothing>;
  resign: Operation<{ readonly key: string }, Nothing>;
  leader: Operation<{ readonly name: string }, { readonly key: string; readonly value: string }>;
}

/** A registry that does not answer is given up soon, and a build that hangs at some time. */
const BUILD_TIMEOUT_MS = 300_000;
const MAVEN = ['-Dmaven.wagon.http.retryHandler.count=1', '-Dmaven.wagon.rto=15000'];

type Found = PeerProgram | { readonly missing: string };

const program: Found = isMatrix
  ? await jetcdProgram()
  : { missing: 'building it takes a minute, so `npm run test:matrix` runs it' };

/** Declares a suite with jetcd, by `describeEtcd`; where it cannot be built the suite is skipped, and says why. */
export function describeJetcd(name: string, suite: (etcd: EtcdContext) => void): void {
  if ('missing' in program) skipSuite(name, program.missing);
  else describeEtcd(name, suite);
}

/** Starts a process with jetcd, connected to a server. */
export function jetcdPeer(server: { readonly endpoint: string }): Peer<LockServiceOperations> {
  if ('missing' in program) throw new Error(program.missing);
  return startPeer(program, server);
}

/** The program on jetcd, or why there is none. */
async function jetcdProgram(): Promise<Found> {
  const [java, javac, maven] = await Promise.all(['java', 'javac', 'mvn'].map(onPath));
  if (java === undefined || javac === undefined || maven === undefined) {
    return { missing: 'there is no Java with Maven on this machine' };
  }
  const built = await builtPeer({
    name: 'jetcd',
    folder: 'java',
    build: async (source, output) => {
      const libraries = join(output, 'lib');
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${libraries}`];
      await command(maven, ['-B', '-q', '-f', join(source, 'pom.xml'), ...MAVEN, ...goal]);
      await command(javac, ['-cp', `${libraries}/*`, '-d', output, join(source, 'Peer.java')]);
    },
  });
  if ('missing' in built) return built;
  const classes = `${built.path}:${built.path}/lib/*`;
  return { name: 'the Java program', path: java, args: ['-cp', classes, 'Peer'] };
}

async function command(program: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(program, args, { timeoutMs: BUILD_TIMEOUT_MS });
  if (code !== 0) throw new Error(lastLines(stderr || stdout));
}
